"""Whether the files that content names are there: public ones of this hub, by the hash of them."""

from collections.abc import Iterator

from hub.assets.queries import shown_assets
from hub.checking import Checked, Entry
from hub.content import Problem
from media.addresses import sha256_in

_Place = tuple[Entry, tuple[str | int, ...], str]


async def missing_files(checked: Checked) -> list[Problem]:
    """A problem for every address that names a file which this hub has not, or not for everybody.

    One statement, and none for items that name no file of this hub's. Raises Unavailable.
    """
    places = list(_own_addresses(checked))
    known = await shown_assets({address for _, _, address in places})
    return [
        entry.problem(
            path,
            f"`{address}` is no public file of this hub; upload it and attach it",
            chinese="本站没有这个公开文件，请先上传并关联",
        )
        for entry, path, address in places
        if address not in known
    ]


def _own_addresses(checked: Checked) -> Iterator[_Place]:
    for entry in checked.all_entries():
        for path, value in _values(entry):
            if isinstance(value, str) and sha256_in(value):
                yield entry, path, value


def _values(entry: Entry) -> Iterator[tuple[tuple[str | int, ...], object]]:
    """Every column of an item and of its parts, with where it stands in the file."""
    yield from (((column,), value) for column, value in entry.row.items())
    for key, rows in entry.parts.items():
        for number, row in enumerate(rows):
            yield from (((key, number, column), value) for column, value in row.items())
