"""Words of the editors' inputs that no type of the schema has."""

from hub.directory.content.hours import Weekday
from schema.competitions import Division, Prize, Stage
from schema.contests.judging import Criterion
from schema.contests.stages import Advance
from schema.directory.places import CentreService, Photo
from schema.enrollment import Eligibility, PoolQuota
from schema.enums import describe_enum
from schema.events import AgendaItem, Opening, PayRange
from schema.forms import Question, QuestionCondition
from schema.learning import CourseCertificate, CourseCompletion, CourseSession
from schema.quizzes import AskedQuestion

describe_enum(
    Weekday,
    description="A day of the week.",
    values={
        Weekday.MON: "Monday (周一).",
        Weekday.TUE: "Tuesday (周二).",
        Weekday.WED: "Wednesday (周三).",
        Weekday.THU: "Thursday (周四).",
        Weekday.FRI: "Friday (周五).",
        Weekday.SAT: "Saturday (周六).",
        Weekday.SUN: "Sunday (周日).",
    },
)

EXPECTED_VERSION = (
    "The version that was read: `version` of the item, or `number` of its newest revision."
)
NOTE = "What the change is for, for colleagues (修订说明); at most 500 characters."
CREATED_SLUG = (
    "The stable name in addresses: lower-case letters, digits and hyphens. On a new item it may be "
    "left out, and is made of the name or title in pinyin."
)
CHANGED_SLUG = (
    "A new stable name in addresses: it counts from the publication on. The old one then finds "
    "nothing, and is given to no other item; ids stay."
)

PARTS: dict[str, tuple[str, type | None]] = {
    "SessionRow": ("CourseSessionInput", CourseSession),
    "Completion": ("CourseCompletionInput", CourseCompletion),
    "CertificateText": ("CourseCertificateInput", CourseCertificate),
    "QuestionRow": ("QuizQuestionInput", AskedQuestion),
    "OptionRow": ("EventOptionInput", None),
    "FormQuestionRow": ("FormQuestionInput", Question),
    "ShowWhen": ("QuestionConditionInput", QuestionCondition),
    "EligibilityRow": ("EligibilityInput", Eligibility),
    "QuotaRow": ("PoolQuotaInput", PoolQuota),
    "AgendaRow": ("AgendaItemInput", AgendaItem),
    "OpeningRow": ("OpeningInput", Opening),
    "Pay": ("PayInput", PayRange),
    "DivisionRow": ("DivisionInput", Division),
    "TeamSize": ("TeamSizeInput", None),
    "CriterionRow": ("CriterionInput", Criterion),
    "AdvanceRow": ("AdvanceInput", Advance),
    "StageRow": ("StageInput", Stage),
    "PrizeRow": ("PrizeInput", Prize),
    "PhotoRow": ("PhotoInput", Photo),
    "ServiceRow": ("CentreServiceInput", CentreService),
    "Hours": ("HoursInput", None),
    "WeeklyRow": ("WeeklyHoursInput", None),
    "IntervalRow": ("HoursIntervalInput", None),
    "ExceptionRow": ("HoursExceptionInput", None),
}
"""File models of parts: the name of the input, and the type that shows such a part."""

WORDS: dict[str, str] = {
    "position": "Its place among its like, from 1; a new item comes last unless said.",
    "place": "The place where it is, whose address then holds.",
    "venue_name": "What the venue is called, where it is no place of the hub.",
    "address": "The postal address of the venue, where it is no place of the hub.",
    "location": "Where the venue is on the map, where it is no place of the hub.",
    "timezone": "IANA name of the time zone; the district's unless said.",
    "registration_opens_at": "From when one can sign up; null: no registration is needed.",
    "registration_closes_at": "From when one can sign up no more; null: until it is over.",
    "hours": "When it is open; null: not known. Given, it replaces all hours that were there.",
    "currency": "ISO 4217 code of the currency; CNY unless said.",
    "slug": "The stable name of the part within its item.",
    "LessonItem.video_url": "The film: /media/public/… of a video that was uploaded here; see "
    "`attachAsset`.",
    "LessonItem.audio_url": "The recording: /media/public/… of audio that was uploaded here.",
    "LessonItem.poster_url": "A picture to show before the film; left out, one of the film.",
    "LessonItem.captions_url": "The captions: /media/public/… of a WebVTT file, in Chinese.",
    "QuizItem.questions": "The pool of questions, with their answers; seen by editors only.",
    "QuestionRow.options": "What to choose from; 正确 and 错误 unless said for a TRUE_FALSE.",
    "QuestionRow.answers": "The right ones among `options`, by their text.",
    "QuestionRow.number": "The right number of a NUMBER, which has no options.",
    "QuestionRow.explanation": "Why; told after submitting where the quiz shows its solution.",
    "pool": "The pool that its seats come from; null: seats are not counted.",
    "options": "What one chooses from on signing up.",
    "OptionRow.title": "The title to show.",
    "OptionRow.description": "More on it.",
    "required": "Whether it has to be answered when it is asked; no unless said.",
    "needs_approval": "Whether the organiser approves each sign-up; no unless said.",
    "has_waiting_list": "Whether one can wait for a seat; yes unless said.",
    "members_only": "Members of the union only.",
    "invitation": "With an invitation code only.",
    "PrizeRow.amount": "The money that comes with each.",
    "Pay.minimum": "At least this amount, to the cent.",
    "Pay.maximum": "At most this amount, to the cent.",
    "DivisionRow.team_size": "How many make a team; left out for individuals.",
    "AdvanceRow.kind": "How that is decided; BY_HAND unless said.",
    "StageRow.criteria": "What judges give points for; left out: the stage is not judged.",
    "StageRow.drop_extremes": "Whether the highest and the lowest total are left out; no unless "
    "said.",
    "CriterionRow.weight": "How many times the points count; 1 unless said.",
    "TeamSize.minimum": "How many people a team has at least; 1 unless said.",
    "TeamSize.maximum": "How many people a team has at most; 1 unless said.",
    "Hours.weekly": "The hours of every week; several rows for one day are several intervals.",
    "Hours.holidays": (
        "The hours of public holidays; empty: closed on them, left out: as on any day."
    ),
    "Hours.exceptions": "Days on which other hours hold.",
    "WeeklyRow.days": "On which days of the week.",
    "opens": "When it opens, HH:MM.",
    "closes": "When it closes, HH:MM up to 24:00; earlier than `opens`: on the next day.",
    "ExceptionRow.first": "The first day.",
    "ExceptionRow.until": "The day after the last one.",
    "ExceptionRow.closed": "Whether it is closed on these days; else give `intervals`.",
    "ExceptionRow.intervals": "The hours of these days.",
    "ExceptionRow.note": "Why, like 春节.",
}
"""By key, or by model and key where that says more."""

NOTED: dict[str, str] = {
    "topics": "Slugs of the vocabulary `topics`.",
    "amenities": "Codes of the vocabulary `amenities`.",
    "sessions": "Given, they replace all that were there; one whose slug stays keeps its id.",
    "questions": "Given, they replace all that were there; one whose slug stays keeps its id.",
    "openings": "Given, they replace all that were there; one whose slug stays keeps its id.",
    "divisions": "Given, they replace all that were there; one whose slug stays keeps its id.",
    "stages": "Given, they replace all that were there; one whose slug stays keeps its id.",
    "agenda": "Given, it replaces all that was there.",
    "prizes": "Given, they replace all that were there.",
    "photos": "Given, they replace all that were there.",
    "services": "Given, they replace all that were there.",
    "body": "Markdown; raw HTML is not passed on.",
    "rules": "Markdown; raw HTML is not passed on.",
    "story": "Markdown; raw HTML is not passed on.",
}
"""What the description of a field that is shown does not say of it as an input."""
