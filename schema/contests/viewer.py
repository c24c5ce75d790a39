"""What somebody competes in, and what they judge; a part of `Viewer`."""

from typing import Any

import strawberry
from strawberry.types import Info

from hub.contests.queries.entries import own_entries
from hub.contests.service.judging import own_sheets
from hub.records import Record
from schema.batching import batch_field
from schema.contests.entries import Entry
from schema.contests.judging import JudgeSheet, judge_sheet


async def _entries(parents: list[Record], info: Info) -> list[list[Record]]:
    return [await own_entries(info.context.viewer, parent.id) for parent in parents]


async def _sheets(parents: list[Any], info: Info) -> list[list[JudgeSheet]]:
    found = [judge_sheet(each) for each in await own_sheets(info.context.viewer)]
    return [found] * len(parents)


@strawberry.type
class ViewerContests:
    """A part of `Viewer`: always the asking person's own."""

    entries: list[Entry] | None = batch_field(
        _entries,
        description="What one competes in, also in a team, newest first (我的参赛).",
        metadata={"size": 20},
    )
    judge_sheets: list[JudgeSheet] | None = batch_field(
        _sheets,
        description="What one judges, newest first (我的评分表); one's own points, and no names.",
        metadata={"size": 5},
    )
