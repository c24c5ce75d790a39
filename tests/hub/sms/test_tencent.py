"""Tencent Cloud's SendSms against a server that checks the signature by the published rules."""

import hashlib
import hmac
import re
from datetime import UTC, datetime

import orjson
import pytest
from structlog.testing import capture_logs

from hub.clock import frozen
from hub.settings import Settings
from hub.sign_in_settings import SmsProviderName
from hub.sms.provider import SmsRefused, SmsUnanswered, sms_provider
from hub.sms.tencent import TencentSms, canonical_request
from tests.hub.sms.provider_server import Received, provider_server

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
SECRET_ID, SECRET_KEY = "testId", "testKey"


def status_of(code: str) -> dict[str, object]:
    """What the provider says of the one phone it was given."""
    status = {
        "SerialNo": "5000:1045710669157053657849499619",
        "PhoneNumber": "+8613812345678",
        "Fee": 1,
        "SessionContext": "",
        "Code": code,
        "Message": "x",
        "IsoCode": "CN",
    }
    return {"Response": {"SendStatusSet": [status], "RequestId": "a0aabda6"}}


def error_of(code: str) -> dict[str, object]:
    return {"Response": {"Error": {"Code": code, "Message": "x"}, "RequestId": "ed93f3cb"}}


def settings(url: str) -> Settings:
    return Settings(
        sms_provider=SmsProviderName.TENCENT,
        sms_tencent_endpoint=url,
        sms_tencent_secret_id=SECRET_ID,
        sms_tencent_secret_key=SECRET_KEY,
        sms_tencent_app_id="1400006666",
        sms_tencent_sign_name="小哥之家",
        sms_tencent_template_id="1110",
    )


def mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def assert_signed(request: Received) -> None:
    """Check the signature step by step as Tencent's page on signature v3 describes it."""
    pattern = (
        r"TC3-HMAC-SHA256 Credential=(\w+)/(\d{4}-\d\d-\d\d)/sms/tc3_request, "
        r"SignedHeaders=(\S+), Signature=([0-9a-f]{64})"
    )
    found = re.fullmatch(pattern, request.headers["authorization"])
    assert found is not None
    secret_id, day, signed, signature = found.groups()
    stamp = request.headers["x-tc-timestamp"]
    assert day == datetime.fromtimestamp(int(stamp), UTC).strftime("%Y-%m-%d")
    assert secret_id == SECRET_ID
    assert {"content-type", "host"} <= set(signed.split(";"))
    lines = "".join(f"{name}:{request.headers[name].lower()}\n" for name in signed.split(";"))
    payload_hash = hashlib.sha256(request.body).hexdigest()
    canonical = f"{request.method}\n{request.path}\n\n{lines}\n{signed}\n{payload_hash}"
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = f"TC3-HMAC-SHA256\n{stamp}\n{day}/sms/tc3_request\n{hashed}"
    key = mac(mac(mac(f"TC3{SECRET_KEY}".encode(), day), "sms"), "tc3_request")
    assert signature == mac(key, to_sign).hex()


def test_the_published_example_gives_the_published_hash() -> None:
    """Source: the example of step 1 on cloud.tencent.com, signature v3 (its key is masked)."""
    body = (
        rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'
    )
    canonical = canonical_request(body, host="cvm.tencentcloudapi.com", action="DescribeInstances")
    published = "7019a55be8395899b900fb5564e4200d984910f34794a27cb3fb7d10ff6a1e84"
    assert hashlib.sha256(canonical.encode()).hexdigest() == published


async def test_a_message_is_sent_signed() -> None:
    with provider_server(lambda _: (200, status_of("Ok"))) as provider, frozen(NOW):
        await sms_provider(settings(provider.url)).send("13812345678", "sign_in", code="012345")
    (request,) = provider.received
    assert_signed(request)
    assert orjson.loads(request.body) == {
        "PhoneNumberSet": ["+8613812345678"],
        "SmsSdkAppId": "1400006666",
        "SignName": "小哥之家",
        "TemplateId": "1110",
        "TemplateParamSet": ["012345"],
    }
    told = {name: request.headers[f"x-tc-{name}"] for name in ("action", "version", "region")}
    assert told == {"action": "SendSms", "version": "2021-01-11", "region": "ap-guangzhou"}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (status_of("LimitExceeded.PhoneNumberDailyLimit"), "LimitExceeded.PhoneNumberDailyLimit"),
        (status_of("FailedOperation.InsufficientBalanceInSmsPackage"), "FailedOperation."),
        (error_of("AuthFailure.SignatureFailure"), "AuthFailure.SignatureFailure"),
    ],
)
async def test_a_refusal_is_told_and_logged_without_the_phone(
    answer: dict[str, object], reason: str
) -> None:
    with provider_server(lambda _: (200, answer)) as provider, capture_logs() as logs:
        sms = TencentSms(settings(provider.url))
        with pytest.raises(SmsRefused) as refusal:
            await sms.send("13812345678", "sign_in", code="012345")
    assert refusal.value.code == "UNAVAILABLE"
    assert logs[0]["reason"].startswith(reason)
    assert "13812345678" not in str(logs)


@pytest.mark.parametrize(
    "answer",
    [b"", b"<html>", [], {}, {"Response": {}}, {"Response": {"SendStatusSet": []}}],
)
async def test_an_answer_that_says_nothing_is_no_refusal(answer: object) -> None:
    with provider_server(lambda _: (500, answer)) as provider, pytest.raises(SmsUnanswered):
        await TencentSms(settings(provider.url)).send("13812345678", "sign_in", code="012345")


async def test_a_provider_that_is_not_there_is_told() -> None:
    sms = TencentSms(settings("http://127.0.0.1:1"))
    with pytest.raises(SmsUnanswered):
        await sms.send("13812345678", "sign_in", code="012345")
