"""WeChat's side of signing in: a mini-program's one-time code becomes its user's open id.

Source: https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-login/code2Session.html
The session key that comes along is not kept: nothing here decrypts WeChat's data.
"""

from typing import Final

import structlog

from hub.errors import HubError, Unavailable
from hub.settings import Settings

_CODE_CHARS_MAX: Final = 128
_BAD_CODES: Final = frozenset({40029, 40163, 41008})
"""Invalid, already used, missing code."""

_log = structlog.get_logger(__name__)


class WechatCodeInvalid(HubError):
    """WeChat does not know the code, or it was used before."""

    code = "CODE_INVALID"


async def open_id(settings: Settings, code: str) -> str:
    """The open id of the mini-program's user who holds `code`, which is used up by asking.

    Raises WechatCodeInvalid, and Unavailable where WeChat is not configured or does not answer.
    """
    if not settings.wechat_app_id or not settings.wechat_app_secret:
        raise Unavailable(
            "Signing in with WeChat is not set up here.", chinese="本服务未开通微信登录。"
        )
    if not 0 < len(code) <= _CODE_CHARS_MAX:
        raise _invalid()
    query = {
        "appid": settings.wechat_app_id,
        "secret": settings.wechat_app_secret,
        "js_code": code,
        "grant_type": "authorization_code",
    }
    import httpx  # an HTTP client is heavy, and most districts have no mini-program

    url = f"{settings.wechat_endpoint.rstrip('/')}/sns/jscode2session"
    try:
        async with httpx.AsyncClient(timeout=settings.wechat_timeout_seconds) as client:
            response = await client.get(url, params=query)
            answer = response.json()
    except (httpx.HTTPError, ValueError) as error:
        raise _unanswered(type(error).__name__) from None  # the address in it holds the secret
    return _read(answer)


def _read(answer: object) -> str:
    if not isinstance(answer, dict):
        raise _unanswered("no object")
    error = answer.get("errcode", 0)
    if error in _BAD_CODES:
        raise _invalid()
    openid = answer.get("openid")
    if error or not isinstance(openid, str) or not openid:
        raise _unanswered(f"errcode {error}")
    return openid


def _invalid() -> WechatCodeInvalid:
    return WechatCodeInvalid(
        "WeChat does not accept the code. Ask WeChat for another one.",
        chinese="微信登录凭证无效或已使用，请重新获取。",
        path=("input", "code"),
    )


def _unanswered(reason: str) -> Unavailable:
    _log.error("wechat_unanswered", reason=reason)
    return Unavailable(
        "WeChat does not answer at the moment. Try again, or sign in by phone.",
        chinese="微信暂时没有回应，请重试或使用手机号登录。",
    )
