"""Progress over GraphQL: reported, resumed, listed, and nobody else's business."""

from datetime import timedelta
from typing import Any

from hub.auth import ANONYMOUS, Viewer
from schema.relay import encode_id
from tests.factories import learning
from tests.factories.learners import NOW, taught, watch
from tests.schema.progress.conftest import RECORD, SUBMIT, School

COURSE = """query($id: ID!) { course(by: {id: $id}) { title
  completion { watchedPercent quizPercent } certificate { title issuer }
  viewerProgress { isCompleted completedAt startedAt updatedAt certificate { number }
    summary { completedPercent lessonCount completedLessonCount resumePositionSeconds
      resumeLesson { title position } } }
  lessons { nodes { position quiz { title questionCount viewerLeftCount viewerAttempts { number } }
    viewerProgress { secondsWatched isCompleted quizPercent } } } } }"""
MY_COURSES = """query($first: Int, $after: String, $where: CourseProgressWhere) { viewer {
  progress(first: $first, after: $after, where: $where) { totalCount
    pageInfo { hasNextPage endCursor }
    nodes { isCompleted course { title }
      summary { completedPercent resumePositionSeconds resumeLesson { position } } } } } }"""


def codes(payload: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [(each["code"], each["path"]) for each in payload["errors"]]


async def course_page(school: School) -> Any:
    key = encode_id("Course", school.taught.course.id)
    return (await school.client.ask(COURSE, {"id": key}))["course"]


async def test_watching_and_resuming(school: School) -> None:
    payload = await school.watch(school.taught.first, (0, 100), (200, 300))
    assert payload == {
        "progress": {
            "secondsWatched": 200,
            "durationSeconds": 600,
            "positionSeconds": 300,
            "isCompleted": False,
            "completedAt": None,
            "intervals": [
                {"fromSeconds": 0, "toSeconds": 100},
                {"fromSeconds": 200, "toSeconds": 300},
            ],
            "lesson": {"title": "第一课"},
        },
        "errors": [],
    }
    page = await course_page(school)
    assert page["completion"] == {"watchedPercent": 90, "quizPercent": 60}
    assert page["certificate"] == {"title": "结业证书", "issuer": "鄞州区总工会"}
    assert page["viewerProgress"]["summary"] == {
        "completedPercent": 12,
        "lessonCount": 3,
        "completedLessonCount": 0,
        "resumePositionSeconds": 300,
        "resumeLesson": {"title": "第一课", "position": 1},
    }
    seen = [each["viewerProgress"] for each in page["lessons"]["nodes"]]
    assert seen == [{"secondsWatched": 200, "isCompleted": False, "quizPercent": None}, None, None]
    quiz = page["lessons"]["nodes"][2]["quiz"]
    assert quiz == {
        "title": "小测",
        "questionCount": 2,
        "viewerLeftCount": None,
        "viewerAttempts": [],
    }


async def test_a_device_says_where_and_when(school: School) -> None:
    key = encode_id("Lesson", school.taught.first.id)
    given = {"lessonId": key, "intervals": [{"fromSeconds": 0, "toSeconds": 50}]}
    last = (NOW - timedelta(seconds=5)).isoformat()
    await school.do(RECORD, **given, positionSeconds=40, recordedAt=last, deviceId="phone")
    before = (NOW - timedelta(seconds=9)).isoformat()
    payload = await school.do(RECORD, **given, positionSeconds=7, recordedAt=before, deviceId="pad")
    assert payload["progress"]["positionSeconds"] == 40


async def test_refusals_name_their_place(school: School) -> None:
    payload = await school.watch(school.taught.first, (5, 5))
    assert codes(payload) == [("INVALID", ["input", "intervals", "0", "toSeconds"])]
    assert payload["progress"] is None
    hidden = await learning.lesson(course_id=(await learning.course(state="draft")).id)
    for key in (encode_id("Lesson", hidden.id), encode_id("Course", school.taught.course.id)):
        payload = await school.do(RECORD, lessonId=key, intervals=[])
        assert codes(payload) == [("NOT_FOUND", ["input", "lessonId"])]
    answer = await school.client.send(RECORD, {"input": {"lessonId": "?", "intervals": []}})
    assert answer.error["extensions"]["code"] == "BAD_USER_INPUT"
    school.become()
    given = {"lessonId": encode_id("Lesson", school.taught.first.id), "intervals": []}
    answer = await school.client.send(RECORD, {"input": given})
    assert answer.error["extensions"]["code"] == "UNAUTHENTICATED"


async def test_the_public_and_others_see_no_progress(school: School) -> None:
    await school.complete()
    for actor in (ANONYMOUS, school.other, school.editor):
        school.become(actor)
        page = await course_page(school)
        assert page["viewerProgress"] is None
        for lesson in page["lessons"]["nodes"]:
            assert lesson["viewerProgress"] is None
            assert (lesson["quiz"] or {}).get("viewerAttempts", []) == []
    school.become(school.other)
    assert (await school.client.ask(MY_COURSES))["viewer"]["progress"]["nodes"] == []


async def test_my_courses(school: School) -> None:
    await school.complete()
    client = school.client
    others = [await taught(title=f"课程{n}") for n in range(3)]
    for number, each in enumerate(others, 1):
        client.now = NOW + timedelta(minutes=number)
        await school.watch(each.first, (0, 60 * number))
    found = (await client.ask(MY_COURSES, {"first": 2}))["viewer"]["progress"]
    assert [each["course"]["title"] for each in found["nodes"]] == ["课程2", "课程1"]
    assert found["totalCount"] == 4
    assert found["nodes"][0]["summary"] == {
        "completedPercent": 11,
        "resumePositionSeconds": 180,
        "resumeLesson": {"position": 1},
    }
    after = {"first": 2, "after": found["pageInfo"]["endCursor"]}
    rest = (await client.ask(MY_COURSES, after))["viewer"]["progress"]
    assert [each["isCompleted"] for each in rest["nodes"]] == [False, True]
    for value, titles in ((True, ["电动车安全"]), (False, ["课程2", "课程1", "课程0"])):
        where = {"where": {"isCompleted": value}}
        found = (await client.ask(MY_COURSES, where))["viewer"]["progress"]
        assert [each["course"]["title"] for each in found["nodes"]] == titles


async def test_the_statements_of_a_list_do_not_grow(school: School) -> None:
    counted = set()
    for number in range(1, 4):
        each = await taught(title=f"课程{number}")
        await school.watch(each.first, (0, 60))
        answer = await school.client.send(MY_COURSES)
        assert len(answer.data["viewer"]["progress"]["nodes"]) == number
        counted.add(len(answer.statements))
    assert counted == {9}


async def test_answers_are_checked_on_the_server_and_not_told(school: School) -> None:
    attempt = await school.attempt()
    assert (attempt["state"], attempt["number"], attempt["passPercent"]) == ("OPEN", 1, 60)
    for each in attempt["questions"]:
        hidden = ("isRight", "rightOptionKeys", "rightNumber", "explanation", "givenNumber")
        assert [each[name] for name in hidden] == [None] * 5
    key = attempt["questions"][0]["key"]
    refused = await school.do(
        SUBMIT, attemptId=attempt["id"], answers=[{"questionKey": key, "optionKeys": ["A"]}]
    )
    assert codes(refused) == [("INVALID", ["input", "answers", "0", "optionKeys"])]
    number = {"急救": 120, "交通事故": 122}[attempt["questions"][0]["text"]]
    done = await school.do(
        SUBMIT, attemptId=attempt["id"], answers=[{"questionKey": key, "number": number}]
    )
    told = done["attempt"]
    assert (told["state"], told["scorePercent"], told["isPassed"]) == ("SUBMITTED", 50, False)
    assert told["questions"][0]["givenNumber"] == number
    assert {each["isRight"] for each in told["questions"]} == {None}
    school.become(school.other)
    refused = await school.do(SUBMIT, attemptId=attempt["id"], answers=[])
    assert codes(refused) == [("NOT_FOUND", ["input", "attemptId"])]


MANY = """{ courses { nodes { lessons(first: 50) { nodes {
  viewerProgress { isCompleted } quiz { title } } } } } }"""
QUIZ = """query($id: ID!) { node(id: $id) { __typename id ... on Quiz { title slug version } } }"""
DOORS = ("answers", "questions", "pool", "number", "solution", "seed")


async def test_no_path_leads_to_the_pool(school: School) -> None:
    """Neither as a node, nor by the fields of a quiz, nor as a node of a question or an attempt."""
    key = encode_id("Quiz", school.taught.quiz.id)
    for actor in (ANONYMOUS, school.worker, school.editor):
        school.become(actor)
        assert (await school.client.ask(QUIZ, {"id": key}))["node"]["title"] == "小测"
        for door in DOORS:
            asked = f"query($id: ID!) {{ node(id: $id) {{ ... on Quiz {{ {door} }} }} }}"
            answer = await school.client.send(asked, {"id": key})
            assert answer.error["extensions"]["code"] == "BAD_USER_INPUT"
    school.become(school.worker)
    attempt = await school.attempt()
    for other in (attempt["id"], encode_id("QuizQuestion", school.taught.quiz.id)):
        assert (await school.client.ask(QUIZ, {"id": other}))["node"] is None


async def test_many_lessons_are_one_statement(school: School) -> None:
    """What is asked of many lessons is read for all of them at once."""
    for number in range(4, 24):
        lesson = await learning.lesson(course_id=school.taught.course.id, position=number)
        await watch(Viewer(school.worker, NOW), lesson, (0, 5))
    answer = await school.client.send(MANY)
    assert len(answer.data["courses"]["nodes"][0]["lessons"]["nodes"]) == 23
    assert len(answer.statements) == 4
