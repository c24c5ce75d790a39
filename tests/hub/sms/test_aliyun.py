"""Aliyun's SendSms against a server that checks the signature by the published rules."""

import hashlib
import hmac
import re
import threading
from datetime import UTC, datetime
from urllib.parse import quote

import orjson
import pytest
from structlog.testing import capture_logs

from hub.clock import frozen
from hub.settings import Settings
from hub.sign_in_settings import SmsProviderName
from hub.sms.aliyun import AliyunSms, signed_headers
from hub.sms.provider import SmsRefused, SmsUnanswered, sms_provider
from tests.hub.sms.provider_server import Received, provider_server

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
KEY_ID, KEY_SECRET = "testId", "testSecret"
OK = {"Code": "OK", "Message": "OK", "RequestId": "F655A8D5", "BizId": "9006197469364984400"}


def settings(url: str, *, timeout_seconds: float = 5.0) -> Settings:
    return Settings(
        sms_provider=SmsProviderName.ALIYUN,
        sms_aliyun_endpoint=url,
        sms_aliyun_access_key_id=KEY_ID,
        sms_aliyun_access_key_secret=KEY_SECRET,
        sms_aliyun_sign_name="小哥之家",
        sms_aliyun_template_code="SMS_15305",
        sms_timeout_seconds=timeout_seconds,
    )


def assert_signed(request: Received) -> None:
    """Check the signature step by step as Aliyun's page on V3 signatures describes it."""
    pattern = r"ACS3-HMAC-SHA256 Credential=(\S+),SignedHeaders=(\S+),Signature=([0-9a-f]{64})"
    found = re.fullmatch(pattern, request.headers["authorization"])
    assert found is not None
    key_id, signed, signature = found.groups()
    must = {name for name in request.headers if name == "host" or name.startswith("x-acs-")}
    assert (key_id, set(signed.split(";"))) == (KEY_ID, must)
    query = "&".join(
        f"{quote(name, safe='~')}={quote(value, safe='~')}"
        for name, value in sorted(request.query.items())
    )
    lines = [f"{name}:{request.headers[name].strip()}\n" for name in signed.split(";")]
    assert signed.split(";") == sorted(signed.split(";"))
    payload_hash = hashlib.sha256(request.body).hexdigest()
    assert request.headers["x-acs-content-sha256"] == payload_hash
    head = f"{request.method}\n{request.path}\n{query}\n{''.join(lines)}"
    canonical = f"{head}\n{signed}\n{payload_hash}"
    to_sign = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
    expected = hmac.new(KEY_SECRET.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    assert signature == expected


def test_the_published_example_gives_the_published_signature() -> None:
    """Source: the example on help.aliyun.com, V3 request structure and signature."""
    headers = signed_headers(
        {
            "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
            "RegionId": "cn-shanghai",
        },
        host="ecs.cn-shanghai.aliyuncs.com",
        operation=("RunInstances", "2014-05-26"),
        key_id="YourAccessKeyId",
        key_secret="YourAccessKeySecret",
        nonce="3156853299f313e23d1673dc12e1703d",
        now=datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC),
    )
    signature = "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    assert headers["authorization"].endswith(f"Signature={signature}")


async def test_a_message_is_sent_signed() -> None:
    with provider_server(lambda _: (200, OK)) as provider, frozen(NOW):
        for code in ("012345", "~*' +"):
            await sms_provider(settings(provider.url)).send("13812345678", "sign_in", code=code)
    for request, code in zip(provider.received, ("012345", "~*' +"), strict=True):
        assert_signed(request)
        assert request.query.pop("TemplateParam") == orjson.dumps({"code": code}).decode()
        assert request.query | {"TemplateParam": ""} == {
            "PhoneNumbers": "13812345678",
            "SignName": "小哥之家",
            "TemplateCode": "SMS_15305",
            "TemplateParam": "",
        }
        assert request.headers["x-acs-action"] == "SendSms"
        assert request.headers["x-acs-version"] == "2017-05-25"
        assert request.headers["x-acs-date"] == "2026-03-02T01:30:00Z"
    nonces = {request.headers["x-acs-signature-nonce"] for request in provider.received}
    assert len(nonces) == 2


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (
            200,
            {"Code": "isv.BUSINESS_LIMIT_CONTROL", "Message": "流控", "RequestId": "1"},
        ),
        (200, {"Code": "isv.MOBILE_NUMBER_ILLEGAL", "Message": "x", "RequestId": "1"}),
        (400, {"Code": "SignatureDoesNotMatch", "Message": "x", "RequestId": "1"}),
        (403, {"Code": "Forbidden.RAM", "Message": "x", "RequestId": "1"}),
    ],
)
async def test_a_refusal_is_told_and_logged_without_the_phone(
    status: int, answer: dict[str, str]
) -> None:
    with provider_server(lambda _: (status, answer)) as provider, capture_logs() as logs:
        sms = AliyunSms(settings(provider.url))
        with pytest.raises(SmsRefused) as refusal:
            await sms.send("13812345678", "sign_in", code="012345")
    assert refusal.value.code == "UNAVAILABLE"
    assert logs[0]["reason"] == answer["Code"]
    assert "13812345678" not in str(logs)
    assert "012345" not in str(logs)


@pytest.mark.parametrize("answer", [b"", b"<html>", [], {"Message": "x"}, {"Code": 1}])
async def test_an_answer_that_says_nothing_is_no_refusal(answer: object) -> None:
    with provider_server(lambda _: (502, answer)) as provider, pytest.raises(SmsUnanswered):
        await AliyunSms(settings(provider.url)).send("13812345678", "sign_in", code="012345")


async def test_a_provider_that_does_not_answer_is_not_waited_for() -> None:
    release = threading.Event()

    def late(_request: Received) -> tuple[int, object]:
        release.wait(5)
        return 200, OK

    with provider_server(late) as provider:
        try:
            sms = AliyunSms(settings(provider.url, timeout_seconds=0.1))
            with pytest.raises(SmsUnanswered):
                await sms.send("13812345678", "sign_in", code="012345")
        finally:
            release.set()


async def test_a_provider_that_is_not_there_is_told() -> None:
    sms = AliyunSms(settings("http://127.0.0.1:1"))
    with pytest.raises(SmsUnanswered):
        await sms.send("13812345678", "sign_in", code="012345")
