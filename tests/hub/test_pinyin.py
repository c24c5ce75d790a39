"""Sort keys: pinyin in letters that every collation puts in the same order."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.pinyin import sort_key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("鄞州区", "yinzhouqu"),
        ("绿地中心", "lvdizhongxin"),
        ("重庆小面", "chongqingxiaomian"),
        ("老王（二店）", "laowangerdian"),
        ("\uff2b\uff26\uff23 12 号", "kfc12hao"),  # full width letters
        ("Café Zoë", "cafezoe"),
        ("Wi-Fi", "wifi"),
        ("カ", "z0030ab"),
        ("😀", ""),
        ("", ""),
    ],
)
def test_keys(name: str, key: str) -> None:
    assert sort_key(name) == key


def test_it_is_no_longer_than_its_column() -> None:
    assert len(sort_key("鄞" * 300)) == 240
    assert sort_key("鄞州", max_chars=4) == "yinz"


@given(st.text(max_size=40))
def test_it_holds_nothing_else(name: str) -> None:
    assert re.fullmatch("[a-z0-9]*", sort_key(name))
