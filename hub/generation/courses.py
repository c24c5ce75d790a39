"""The made-up city's topics, instructors, programs, courses and lessons."""

from collections.abc import Sequence
from datetime import timedelta

from hub.generation.dice import Dice, Item
from hub.generation.words import (
    COURSE_AUDIENCES,
    COURSE_NAMES,
    LESSON_NAMES,
    PROGRAMS,
    TOPICS,
)

_LEVELS = ("beginner", "intermediate", "advanced")
_DELIVERIES = ("online", "on_site", "cohort")
_LESSON_KINDS = ("video", "article", "audio", "live", "quiz")
_LESSON_KIND_WEIGHTS = (60, 16, 10, 4, 10)
_LESSONS_APART = 4


def topics() -> list[Item]:
    """The vocabulary of topics."""
    return [{"slug": slug, "label": label} for slug, label in TOPICS]


def instructors(count: int) -> list[Item]:
    """People who teach."""
    dice = Dice("instructors")
    return [
        dice.item(f"city-instructor-{number:03}")
        | {
            "name": dice.person(),
            "title": dice.one(("高级讲师", "技师", "主治医师", "律师", "站长", "高级育婴师")),
            "organisation": dice.one(("职工学校", "红十字会", "律师协会", "技师学院", "骑手学院")),
            "bio": dice.paragraph(2),
        }
        for number in range(1, count + 1)
    ]


def programs() -> list[Item]:
    """Twenty series."""
    dice = Dice("programs")
    return [
        dice.item(f"city-program-{number:02}") | {"name": name, "summary": dice.paragraph(1)}
        for number, name in enumerate(PROGRAMS, 1)
    ]


def courses(
    count: int, *, instructors: Sequence[Item], programs: Sequence[Item], places: Sequence[Item]
) -> list[Item]:
    """Courses of every topic; those on site and for a class have up to three sessions."""
    dice = Dice("courses")
    made = []
    for number in range(1, count + 1):
        topic, label = dice.one(TOPICS)
        delivery = dice.weighted(_DELIVERIES, (70, 20, 10))
        course = dice.item(f"city-course-{number:04}") | {
            "program": dice.one(programs)["slug"],
            "instructor": dice.one(instructors)["slug"],
            "title": f"{dice.one(COURSE_AUDIENCES)}{label}{dice.one(COURSE_NAMES)}",
            "summary": dice.paragraph(1),
            "body": dice.body("学什么"),
            "level": dice.weighted(_LEVELS, (60, 30, 10)),
            "delivery": delivery,
            "topics": list(dict.fromkeys([topic, dice.one(TOPICS)[0]])),
        }
        if delivery != "online":
            course["sessions"] = [_session(dice, index, places) for index in (1, 2, 3)]
        made.append(course)
    return made


def _session(dice: Dice, index: int, places: Sequence[Item]) -> Item:
    starts = dice.instant(dice.number(60, 700))
    return {
        "slug": f"session-{index}",
        "title": f"第{'一二三'[index - 1]}期",
        "starts_at": starts.isoformat(),
        "ends_at": (starts + timedelta(minutes=90)).isoformat(),
        "place": dice.one(places)["slug"],
    }


def lessons(courses: Sequence[Item], per_course: int) -> list[Item]:
    """Lessons, `per_course` on average: what one course has less its neighbour has more."""
    dice = Dice("lessons")
    made = []
    for index, course in enumerate(courses):
        apart = (index // 2) % (_LESSONS_APART + 1) * (1 if index % 2 else -1)
        made += [_lesson(dice, course, number) for number in range(1, per_course + apart + 1)]
    return made


def quizzes(taught: Sequence[Item]) -> list[Item]:
    """A quiz of three questions to every lesson that is one."""
    dice = Dice("quizzes")
    return [_quiz(dice, lesson) for lesson in taught if lesson["kind"] == "quiz"]


def _quiz(dice: Dice, lesson: Item) -> Item:
    right = {"kind": "single_choice", "options": ["停", "看", "抢"], "answers": ["停"]}
    return dice.item(f"{lesson['slug']}-quiz") | {
        "lesson": lesson["slug"],
        "title": f"{lesson['title']}小测",
        "questions": [
            {"slug": f"question-{number}", "text": dice.paragraph(1), **right}
            for number in (1, 2, 3)
        ],
    }


def _lesson(dice: Dice, course: Item, number: int) -> Item:
    return dice.item(f"{course['slug']}-{number:02}") | {
        "course": course["slug"],
        "kind": dice.weighted(_LESSON_KINDS, _LESSON_KIND_WEIGHTS),
        "title": f"第 {number} 讲 {dice.one(LESSON_NAMES)}",
        "summary": dice.paragraph(1),
        "body": dice.body("要点"),
        "duration_seconds": 30 * dice.number(8, 40),
        "free_preview": number == 1,
    }
