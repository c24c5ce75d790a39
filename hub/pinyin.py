"""The key by which Chinese names are put in order: pinyin, in letters that sort alike anywhere."""

import re
import unicodedata

SORT_KEY_MAX_CHARS = 240

_NOT_ALPHANUMERIC = re.compile(r"[^a-z0-9]+")


def sort_key(name: str, *, max_chars: int = SORT_KEY_MAX_CHARS) -> str:
    """`name` as lower-case pinyin without tones, of the characters a-z and 0-9 only.

    Those have one order under every collation of SQLite and PostgreSQL. Latin letters keep their
    base letter, full-width ones become plain, punctuation and blanks go; a letter of another
    script becomes `z` and its code point, and so comes last.
    """
    from pypinyin import lazy_pinyin  # its dictionaries cost a quarter of a second and 30 MB

    spelt = "".join(lazy_pinyin(unicodedata.normalize("NFKC", name), v_to_u=False))
    if not spelt.isascii():
        spelt = "".join(_ascii(character) for character in unicodedata.normalize("NFKD", spelt))
    return _NOT_ALPHANUMERIC.sub("", spelt.lower())[:max_chars]


def _ascii(character: str) -> str:
    if character.isascii():
        return character
    return f"z{ord(character):06x}" if character.isalnum() else ""


def slug_of(name: str, *, max_chars: int) -> str:
    """`name` as a slug: its pinyin syllable by syllable, with hyphens between; empty for none.

    电动车安全 Wi-Fi becomes dian-dong-che-an-quan-wi-fi.
    """
    from pypinyin import lazy_pinyin  # as above

    spelt = "-".join(lazy_pinyin(unicodedata.normalize("NFKC", name), v_to_u=False))
    plain = "".join(
        character if character == "-" else _ascii(character) or "-"
        for character in unicodedata.normalize("NFKD", spelt)
        if not unicodedata.combining(character)
    )
    words = _NOT_ALPHANUMERIC.sub("-", plain.lower()).strip("-")
    return words[:max_chars].rstrip("-")
