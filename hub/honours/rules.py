"""Vocabulary of honours: who gives them, what they are for."""

from enum import StrEnum


class HonourLevel(StrEnum):
    """Who gives an honour, from the district to the nation."""

    DISTRICT = "district"
    CITY = "city"
    PROVINCIAL = "provincial"
    NATIONAL = "national"


class HonourKind(StrEnum):
    """What an honour is: 奖章, 见义勇为, 好人, 记功, 最美驿站, 技能标兵."""

    MEDAL = "medal"
    BRAVERY = "bravery"
    GOOD_PERSON = "good_person"
    MERIT = "merit"
    STATION = "station"
    SKILL = "skill"
    OTHER = "other"
