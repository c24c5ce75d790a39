"""What `Range` headers come to, as a table, and for any header at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.ranges import RANGES_MAX, ByteRange, NotSatisfiable, requested_ranges

SIZE = 1_000


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-99", [(0, 100)]),
        ("BYTES=0-99", [(0, 100)]),
        ("bytes=0-0", [(0, 1)]),
        ("bytes=900-", [(900, 1_000)]),
        ("bytes=-100", [(900, 1_000)]),
        ("bytes=-5000", [(0, 1_000)]),
        ("bytes=990-5000", [(990, 1_000)]),
        ("bytes=0-9, 500-509", [(0, 10), (500, 510)]),
        ("bytes=500-509,0-9", [(500, 510), (0, 10)]),
        ("bytes=0-9,5000-,-5", [(0, 10), (995, 1_000)]),
        ("bytes=0-9,,500-509,", [(0, 10), (500, 510)]),
        ("bytes=500-599,550-649,0-9", [(0, 10), (500, 650)]),
        ("bytes=0-9,20-29", [(0, 30)]),
        ("bytes=0-,0-,0-,0-", [(0, 1_000)]),
    ],
)
def test_ranges_that_count(header: str, expected: list[tuple[int, int]]) -> None:
    found = requested_ranges(header, size=SIZE)
    assert found == [ByteRange(*each) for each in expected]


@pytest.mark.parametrize(
    "header",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=,",
        "bytes=-",
        "bytes=9-5",
        "bytes=a-b",
        "bytes=0-9,x",
        "bytes=--5",
        "bytes=1-2-3",
        "bytes=٣-٤",
        "bytes=0-99999999999999999999999999",
        "lines=0-9",
        "bytes 0-9",
        "bytes=" + ",".join(f"{each * 2}-{each * 2}" for each in range(RANGES_MAX + 1)),
    ],
)
def test_headers_that_are_ignored(header: str) -> None:
    assert requested_ranges(header, size=SIZE) is None


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=5000-6000", "bytes=-0", "bytes=1000-,-0"])
def test_nothing_that_is_there(header: str) -> None:
    with pytest.raises(NotSatisfiable):
        requested_ranges(header, size=SIZE)


@pytest.mark.parametrize("header", ["bytes=0-", "bytes=0-0", "bytes=-1"])
def test_an_empty_file_has_no_range(header: str) -> None:
    with pytest.raises(NotSatisfiable):
        requested_ranges(header, size=0)


@given(header=st.text(alphabet="bytes=0123456789-, ", max_size=60), size=st.integers(0, 50))
def test_what_is_found_lies_in_the_file(header: str, size: int) -> None:
    try:
        found = requested_ranges(f"bytes={header}", size=size)
    except NotSatisfiable:
        return
    assert found != []
    for each in found or []:
        assert 0 <= each.start < each.end <= size
    assert sum(each.size for each in found or []) <= size


def test_content_range_counts_both_ends() -> None:
    assert ByteRange(0, 100).of(1_000) == "bytes 0-99/1000"
