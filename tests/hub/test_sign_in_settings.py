"""The settings of sign-in: what keeps the hub from starting, named."""

import secrets

import pytest

from hub.errors import SettingsInvalid
from hub.settings import load_settings

SECRET = secrets.token_urlsafe(48)
PRODUCTION = {"HUB_ENV": "production", "HUB_SECRET_KEY": SECRET}
ALIYUN = {
    "HUB_SMS_PROVIDER": "aliyun",
    "HUB_SMS_ALIYUN_ACCESS_KEY_ID": "id",
    "HUB_SMS_ALIYUN_ACCESS_KEY_SECRET": "secret",
    "HUB_SMS_ALIYUN_SIGN_NAME": "小哥之家",
    "HUB_SMS_ALIYUN_TEMPLATE_CODE": "SMS_1",
}
TENCENT = {
    "HUB_SMS_PROVIDER": "tencent",
    "HUB_SMS_TENCENT_SECRET_ID": "id",
    "HUB_SMS_TENCENT_SECRET_KEY": "key",
    "HUB_SMS_TENCENT_APP_ID": "1400006666",
    "HUB_SMS_TENCENT_SIGN_NAME": "小哥之家",
    "HUB_SMS_TENCENT_TEMPLATE_ID": "1110",
}


def load(monkeypatch: pytest.MonkeyPatch, values: dict[str, str]) -> None:
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    load_settings()


@pytest.mark.parametrize(
    "values",
    [
        {"HUB_SECRET_KEY": SECRET},
        PRODUCTION | ALIYUN,
        PRODUCTION | TENCENT,
        PRODUCTION | {"HUB_SMS_CONSOLE_ALLOWED": "true"},
        PRODUCTION | ALIYUN | {"HUB_ENCRYPTION_KEYS": '{"2027": "' + "k" * 32 + '"}'},
    ],
)
def test_what_is_enough_to_start(monkeypatch: pytest.MonkeyPatch, values: dict[str, str]) -> None:
    load(monkeypatch, values)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        (PRODUCTION, "HUB_SMS_PROVIDER"),
        *((PRODUCTION | ALIYUN | {name: ""}, name) for name in list(ALIYUN)[1:]),
        *((PRODUCTION | TENCENT | {name: ""}, name) for name in list(TENCENT)[1:]),
        ({"HUB_SMS_PROVIDER": "pigeon"}, "HUB_SMS_PROVIDER"),
        ({"HUB_SIGN_IN_CODE_DIGITS": "4"}, "HUB_SIGN_IN_CODE_DIGITS"),
        ({"HUB_ENCRYPTION_KEYS": '{"2027": "short"}'}, "HUB_ENCRYPTION_KEYS"),
        ({"HUB_ENCRYPTION_KEYS": '{"0": "' + "k" * 32 + '"}'}, "HUB_ENCRYPTION_KEYS"),
    ],
)
def test_what_is_missing_is_named(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str], named: str
) -> None:
    with pytest.raises(SettingsInvalid, match=f"^{named}: "):
        load(monkeypatch, values)
