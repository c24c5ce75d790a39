"""Errors: the codes that clients branch on, and what a refusal carries."""

import pytest

from hub import errors

CODES = {
    errors.BadUserInput: "BAD_USER_INPUT",
    errors.CostExceeded: "COST_EXCEEDED",
    errors.Unauthenticated: "UNAUTHENTICATED",
    errors.Forbidden: "FORBIDDEN",
    errors.NotFound: "NOT_FOUND",
    errors.Conflict: "CONFLICT",
    errors.Unavailable: "UNAVAILABLE",
    errors.ContentInvalid: "CONTENT_INVALID",
    errors.SettingsInvalid: "SETTINGS_INVALID",
    errors.Invalid: "INVALID",
    errors.VersionConflict: "VERSION_CONFLICT",
    errors.RateLimited: "RATE_LIMITED",
    errors.StepUpRequired: "STEP_UP_REQUIRED",
    errors.ReviewRequired: "REVIEW_REQUIRED",
    errors.IdempotencyMismatch: "IDEMPOTENCY_MISMATCH",
}


@pytest.mark.parametrize(("kind", "code"), CODES.items(), ids=CODES.values())
def test_codes(kind: type[errors.HubError], code: str) -> None:
    assert kind.code == code


def test_every_kind_has_a_code_of_its_own() -> None:
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.HubError)
    ]
    assert set(kinds) == {*CODES, errors.HubError}
    assert len({kind.code for kind in kinds}) == len(kinds)


def test_what_a_refusal_carries() -> None:
    refused = errors.NotFound("Gone.", chinese="没有了。", path=["by", "id"], seen=3)
    assert str(refused) == refused.message == "Gone."
    assert refused.chinese == "没有了。"
    assert refused.path == ("by", "id")
    assert refused.data == {"seen": 3}


def test_english_stands_in_where_there_is_no_chinese() -> None:
    refused = errors.NotFound("Gone.")
    assert refused.chinese == "Gone."
    assert (refused.path, refused.data) == ((), {})
