"""Names of files as people give them, made harmless: shown and offered, never used as a path."""

import re
import unicodedata
from typing import Final

NAME_MAX_CHARS: Final = 120

_SEPARATORS: Final = re.compile(r"[/\\]")
_UNWANTED: Final = re.compile(r'[<>:"|?*]+')
_SPACES: Final = re.compile(r"\s+")
_RESERVED: Final = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)


def cleaned_name(name: str, *, extension: str = "") -> str:
    """The last part of a given name without what any system would stumble over.

    With an `extension` the name ends in it, whatever it ended in: the content decides. A name of
    which nothing is left becomes `file`.
    """
    text = unicodedata.normalize("NFC", name)
    text = "".join(each for each in text if unicodedata.category(each)[0] != "C" or each in "\t\n")
    text = _SPACES.sub(" ", _UNWANTED.sub("_", _SEPARATORS.split(text)[-1])).strip(" .")
    if _RESERVED.fullmatch(text):
        text = f"_{text}"
    if not extension:
        return text[:NAME_MAX_CHARS].strip(" .") or "file"
    stem = text.rpartition(".")[0] or text
    return f"{stem[: NAME_MAX_CHARS - len(extension) - 1].strip(' .') or 'file'}.{extension}"
