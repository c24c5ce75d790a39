"""WeChat's code2Session against a server on this machine."""

import pytest
from structlog.testing import capture_logs

from hub.errors import Unavailable
from hub.settings import Settings
from hub.wechat import WechatCodeInvalid, open_id
from tests.hub.sms.provider_server import provider_server

APP_SECRET = "appsecret-of-the-union"
OK = {"openid": "o6_bmjrPTlm6_2sgVt7hMZOPfL2M", "session_key": "tiihtNczf5v6AKRyjwEUhQ=="}


def settings(url: str) -> Settings:
    return Settings(wechat_endpoint=url, wechat_app_id="wx1", wechat_app_secret=APP_SECRET)


async def test_a_code_becomes_an_open_id() -> None:
    with provider_server(lambda _: (200, OK)) as provider:
        assert await open_id(settings(provider.url), "023Xyz &=") == OK["openid"]
    (request,) = provider.received
    assert (request.method, request.path) == ("GET", "/sns/jscode2session")
    assert request.query == {
        "appid": "wx1",
        "secret": APP_SECRET,
        "js_code": "023Xyz &=",
        "grant_type": "authorization_code",
    }


@pytest.mark.parametrize("code", [40029, 40163])
async def test_a_code_that_wechat_refuses_is_told(code: int) -> None:
    answer = {"errcode": code, "errmsg": "invalid code"}
    with provider_server(lambda _: (200, answer)) as provider, pytest.raises(WechatCodeInvalid):
        await open_id(settings(provider.url), "used")


@pytest.mark.parametrize("code", ["", "x" * 129])
async def test_what_cannot_be_a_code_is_not_even_asked(code: str) -> None:
    with provider_server(lambda _: (200, OK)) as provider, pytest.raises(WechatCodeInvalid):
        await open_id(settings(provider.url), code)
    assert provider.received == []


@pytest.mark.parametrize(
    "answer",
    [
        b"<html>",
        [],
        {},
        {"openid": ""},
        {"errcode": -1, "errmsg": "system error"},
        {"errcode": 45011, "errmsg": "frequency limit"},
        {"errcode": 40013, "errmsg": "invalid appid"},
    ],
)
async def test_anything_else_is_unavailable(answer: object) -> None:
    with provider_server(lambda _: (200, answer)) as provider, capture_logs() as logs:
        wechat = settings(provider.url)
        with pytest.raises(Unavailable):
            await open_id(wechat, "023Xyz")
    assert APP_SECRET not in str(logs)


async def test_a_wechat_that_is_not_there_leaks_no_secret() -> None:
    with capture_logs() as logs, pytest.raises(Unavailable) as refusal:
        await open_id(settings("http://127.0.0.1:1"), "023Xyz")
    assert APP_SECRET not in str(logs)
    assert refusal.value.__cause__ is None


async def test_without_configuration_it_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        await open_id(Settings(), "023Xyz")
