"""Vocabulary and pure decisions of competitions: stages, who competes."""

from enum import StrEnum


class StageKind(StrEnum):
    """The stages of a competition: 报名, 初赛, 复赛, 决赛."""

    REGISTRATION = "registration"
    PRELIMINARY = "preliminary"
    SEMIFINAL = "semifinal"
    FINAL = "final"


class EntrantKind(StrEnum):
    """Who competes in a division."""

    INDIVIDUAL = "individual"
    TEAM = "team"
