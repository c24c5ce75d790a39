"""Editors write quizzes and rules of completion; the answers stay with them."""

from typing import Any

from hub.auth import ANONYMOUS, Grant, Role
from hub.ids import new_id
from hub.learning.models import Course, Program
from schema.relay import encode_id
from tests.factories import learning
from tests.factories.editors import of_program
from tests.factories.learners import of_person
from tests.schema.progress.conftest import ERRORS, School

CREATE = f"""mutation($input: CreateQuizInput!) {{ createQuiz(input: $input) {{
  quiz {{ id }} revision {{ itemId number }} {ERRORS} }} }}"""
UPDATE_COURSE = f"""mutation($input: UpdateCourseInput!) {{ updateCourse(input: $input) {{
  revision {{ itemId number }} {ERRORS} }} }}"""
PUBLISH = f"""mutation($input: ItemsInput!) {{ publish(input: $input) {{
  revisions {{ state }} {ERRORS} }} }}"""
REVISIONS = "query($id: ID!) { revisions(id: $id) { nodes { changes { path after } } } }"
QUIZ = "query($id: ID!) { node(id: $id) { ... on Quiz { title questionCount passPercent } } }"
COURSE = """query($id: ID!) { course(by: {id: $id}) {
  completion { watchedPercent quizPercent } certificate { title issuer } } }"""

QUESTION = {
    "slug": "ambulance",
    "kind": "SINGLE_CHOICE",
    "text": "急救电话？",
    "options": ["110", "120"],
    "answers": ["120"],
}


async def programme(school: School) -> Program:
    """The programme that the course is put into."""
    made = await learning.program()
    await Course.filter(id=school.taught.course.id).update(program_id=made.id)
    return made


def codes(payload: dict[str, Any]) -> list[str]:
    return [each["code"] for each in payload["errors"]]


async def test_an_editor_of_the_programme_writes_a_quiz(school: School) -> None:
    program = await programme(school)
    school.become(of_person(new_id(), Grant(Role.EDITOR, of_program(program.id))))
    lesson = encode_id("Lesson", school.taught.first.id)
    given = {"lessonId": lesson, "title": "一问", "questions": [QUESTION], "passPercent": 80}
    made = await school.do(CREATE, **given)
    assert (made["errors"], made["quiz"]) == ([], None)
    key = made["revision"]["itemId"]
    assert (await school.client.ask(QUIZ, {"id": key}))["node"] is None
    published = await school.do(PUBLISH, ids=[key], expectedVersions=[1])
    assert published["errors"] == []
    school.become()
    seen = (await school.client.ask(QUIZ, {"id": key}))["node"]
    assert seen == {"title": "一问", "questionCount": 1, "passPercent": 80}


async def test_an_editor_of_another_programme_does_not(school: School) -> None:
    await programme(school)
    school.become(
        of_person(new_id(), Grant(Role.EDITOR, of_program((await learning.program()).id)))
    )
    lesson = encode_id("Lesson", school.taught.first.id)
    answer = await school.client.send(
        CREATE, {"input": {"lessonId": lesson, "title": "一问", "questions": [QUESTION]}}
    )
    assert answer.error["extensions"]["code"] == "FORBIDDEN"


async def test_a_question_that_cannot_be_answered_is_named(school: School) -> None:
    school.become(school.editor)
    lesson = encode_id("Lesson", school.taught.first.id)
    wrong = {**QUESTION, "answers": ["119"]}
    refused = await school.do(CREATE, lessonId=lesson, title="一问", questions=[wrong])
    assert codes(refused) == ["INVALID"]
    assert refused["errors"][0]["path"][:3] == ["input", "questions", "0"]


async def test_a_course_says_what_completes_it(school: School) -> None:
    school.become(school.editor)
    key = encode_id("Course", school.taught.course.id)
    changed = await school.do(
        UPDATE_COURSE,
        id=key,
        expectedVersion=1,
        completion={"watchedPercent": 50},
        certificate=None,
    )
    assert changed["errors"] == []
    await school.do(PUBLISH, ids=[key], expectedVersions=[changed["revision"]["number"]])
    assert (await school.client.ask(COURSE, {"id": key}))["course"] == {
        "completion": {"watchedPercent": 50, "quizPercent": 60},
        "certificate": None,
    }


async def test_revisions_with_answers_are_for_editors_only(school: School) -> None:
    school.become(school.editor)
    lesson = encode_id("Lesson", school.taught.first.id)
    made = await school.do(CREATE, lessonId=lesson, title="一问", questions=[QUESTION])
    key = made["revision"]["itemId"]
    told = await school.client.ask(REVISIONS, {"id": key})
    assert "answers" in str(told)
    for actor in (ANONYMOUS, school.worker):
        school.become(actor)
        told = await school.client.ask(REVISIONS, {"id": key})
        assert told == {"revisions": {"nodes": []}}
