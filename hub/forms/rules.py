"""Vocabulary and pure decisions of forms: questions, and what will do as an answer."""

from enum import StrEnum


class QuestionKind(StrEnum):
    """What an answer is."""

    TEXT = "text"
    CHOICE = "choice"
    NUMBER = "number"
    DATE = "date"
    FILE = "file"
