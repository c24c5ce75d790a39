"""Jobs in GraphQL: work that somebody waits for, seen by who asked for it and by nobody else."""

from datetime import datetime

import strawberry
from strawberry.types import Info

from hub.jobs.queries import JOBS
from hub.jobs.rules import JobState
from hub.jobs.service.results import result_address
from hub.records import Record
from hub.spreadsheets import TableFormat
from schema.batching import batch_field
from schema.enums import describe_enum
from schema.lists import connection_field
from schema.relay import Connection, Node, register_node

describe_enum(
    JobState,
    name="JobStatus",
    description="How far a job is (任务状态).",
    values={
        JobState.QUEUED: "It has not begun (排队中).",
        JobState.RUNNING: "It is under way (进行中).",
        JobState.SUCCEEDED: "It is done (已完成).",
        JobState.FAILED: "It was given up; ask for it again (失败).",
    },
)
describe_enum(
    TableFormat,
    name="ExportFormat",
    description="How an export is written (导出格式).",
    values={
        TableFormat.CSV: "For spreadsheets: UTF-8 with a byte order mark, every cell quoted.",
        TableFormat.XLSX: "A workbook with one sheet, of at most 1,048,575 rows.",
        TableFormat.NDJSON: "For programs: an object of JSON a line.",
    },
)


async def _messages(parents: list[Record], info: Info) -> list[str]:
    is_chinese = info.context.request.locale == "zh-CN"
    return [job.message_chinese if is_chinese else job.message for job in parents]


async def _result_urls(parents: list[Record], info: Info) -> list[str | None]:
    return [result_address(info.context.viewer, job) for job in parents]


def _status(root: strawberry.Parent[Record]) -> JobState:
    state: JobState = root.state
    return state


@strawberry.type(description="Work that is done in the background for who asked for it (后台任务).")
class Job(Node):
    """Over a job's row."""

    status: JobState = strawberry.field(resolver=_status, description="How far it is.")
    progress: int = strawberry.field(description="From 0 to 100 (进度).")
    message: str | None = batch_field(
        _messages, description="A sentence that may be shown: Chinese, or English by language."
    )
    result_url: str | None = batch_field(
        _result_urls,
        description=(
            "The path of the file on this server (结果文件), good for ten minutes without signing "
            "in: ask for it when you need it. Null until the job has succeeded, when the file is "
            "older than a day, and when you may not read what is in it any more."
        ),
    )
    created_at: datetime = strawberry.field(description="When it was asked for.")
    finished_at: datetime | None = strawberry.field(
        description="When it ended, one way or the other."
    )


register_node("Job", JOBS)


@strawberry.type
class ViewerJobs:
    """The jobs of the person who asks."""

    jobs: Connection[Job] | None = connection_field(
        JOBS, description="What you have asked for in the last 30 days, newest first (我的任务)."
    )
