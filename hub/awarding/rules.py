"""Pure decisions about medals: what an honour of a competition is called, and its laureate."""

from hub.contests.rules import masked_name

HONOUR_NAME_MAX_CHARS = 120


def honour_name(title: str, prize: str) -> str:
    """区快递员技能比武 一等奖; the title gives way where both are too long."""
    room = HONOUR_NAME_MAX_CHARS - len(prize) - 1
    return f"{title[:room]} {prize}"


def laureate_name(name: str, *, is_public: bool) -> str:
    """The name, where whoever won has agreed to be named; else its first character and a star."""
    return name if is_public else masked_name(name)
