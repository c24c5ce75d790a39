"""A course, a learner, somebody else, and an editor, each with a client's requests of their own."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from hub.auth import ANONYMOUS, DISTRICT, Actor, Grant, Role
from hub.ids import new_id
from hub.learning.models import Lesson
from hub.settings import Settings
from schema.relay import encode_id
from tests.factories.identity import OTHER_PHONE
from tests.factories.learners import NOW, Taught, learner, of_person, taught
from tests.schema.acting import ActingClient, acting_client

ERRORS = "errors { code path message }"
RECORD = f"""mutation($input: RecordLessonProgressInput!) {{ recordLessonProgress(input: $input) {{
  progress {{ secondsWatched durationSeconds positionSeconds isCompleted completedAt
    intervals {{ fromSeconds toSeconds }} lesson {{ title }} }} {ERRORS} }} }}"""
ATTEMPT = """attempt { id number state startedAt endsAt submittedAt scorePercent passPercent
  isPassed
  questions { key kind text options { key text } givenOptionKeys givenNumber isRight rightOptionKeys
    rightNumber explanation } }"""
START = f"""mutation($input: StartQuizAttemptInput!) {{ startQuizAttempt(input: $input) {{
  {ATTEMPT} {ERRORS} }} }}"""
SUBMIT = f"""mutation($input: SubmitQuizAttemptInput!) {{ submitQuizAttempt(input: $input) {{
  {ATTEMPT} {ERRORS} }} }}"""
CERTIFICATE = """{ id number title holderName courseTitle issuer issuedOn isRevoked revokedAt
  revocationReason code verifyUrl pdfUrl course { title } }"""
CLAIM = f"""mutation($input: ClaimCertificateInput!) {{ claimCertificate(input: $input) {{
  certificate {CERTIFICATE} {ERRORS} }} }}"""
REVOKE = f"""mutation($input: RevokeCertificateInput!) {{ revokeCertificate(input: $input) {{
  certificate {CERTIFICATE} {ERRORS} }} }}"""
VERIFY = f"query($by: CertificateBy!) {{ certificate(by: $by) {CERTIFICATE} }}"
MINE = f"{{ viewer {{ certificates {{ totalCount nodes {CERTIFICATE} }} }} }}"


@dataclass
class School:
    """Who asks, and what there is to learn."""

    client: ActingClient
    taught: Taught
    worker: Actor
    other: Actor
    editor: Actor

    def become(self, actor: Actor = ANONYMOUS) -> None:
        """Go on as somebody, or as nobody."""
        self.client.actor = actor

    async def do(self, document: str, **given: Any) -> dict[str, Any]:
        """The payload of a mutation."""
        data = await self.client.ask(document, {"input": given})
        payload: dict[str, Any] = next(iter(data.values()))
        return payload

    async def watch(self, lesson: Lesson, *intervals: tuple[int, int]) -> dict[str, Any]:
        """The payload after watching these seconds."""
        pieces = [{"fromSeconds": a, "toSeconds": b} for a, b in intervals]
        return await self.do(RECORD, lessonId=encode_id("Lesson", lesson.id), intervals=pieces)

    async def attempt(self) -> dict[str, Any]:
        """The open attempt at the quiz."""
        payload = await self.do(START, quizId=encode_id("Quiz", self.taught.quiz.id))
        assert payload["errors"] == []
        attempt: dict[str, Any] = payload["attempt"]
        return attempt

    async def complete(self) -> dict[str, Any]:
        """Watch everything and answer everything; the certificate."""
        for lesson in self.taught.videos:
            await self.watch(lesson, (0, 600))
        attempt = await self.attempt()
        answers = [
            {"questionKey": each["key"], "number": {"急救": 120, "交通事故": 122}[each["text"]]}
            for each in attempt["questions"]
        ]
        await self.do(SUBMIT, attemptId=attempt["id"], answers=answers)
        (certificate,) = (await self.client.ask(MINE))["viewer"]["certificates"]["nodes"]
        found: dict[str, Any] = certificate
        return found


@pytest.fixture
async def school(database: Settings) -> AsyncIterator[School]:
    """The school at NOW; the worker asks first."""
    async with acting_client(database, now=NOW) as client:
        worker, other = await learner(), await learner(OTHER_PHONE)
        editor = of_person(new_id(), Grant(Role.EDITOR, DISTRICT))
        made = School(client, await taught(), worker.actor, other.actor, editor)
        made.become(worker.actor)
        yield made
