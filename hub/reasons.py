"""Why a value does not fit, in the words of somebody who writes content: English and Chinese."""

from collections.abc import Mapping
from typing import Any

from pydantic_core import ErrorDetails

_SHOWN_MAX_CHARS = 60


class Misfit(ValueError):
    """A value that breaks one of our own rules. Raised in validators, for pydantic to collect."""

    def __init__(self, message: str, *, chinese: str) -> None:
        super().__init__(message)
        self.chinese = chinese


_CHINESE: Mapping[str, str] = {
    "missing": "必填",
    "extra_forbidden": "不是可用的字段",
    "enum": "不在可选值之内",
    "string_type": "须为文字",
    "string_too_long": "最多 {max_length} 个字",
    "string_too_short": "不能为空",
    "string_pattern_mismatch": "格式不正确",
    "too_long": "最多 {max_length} 项",
    "too_short": "至少 {min_length} 项",
    "greater_than": "须大于 {gt}",
    "greater_than_equal": "不能小于 {ge}",
    "less_than": "须小于 {lt}",
    "less_than_equal": "不能大于 {le}",
    "int_type": "须为整数",
    "int_from_float": "须为整数",
    "float_type": "须为数字",
    "finite_number": "须为有限的数字",
    "bool_type": "须为 true 或 false",
    "list_type": "须为列表",
    "model_type": "须为一组字段",
    "model_attributes_type": "须为一组字段",
}
_MISFIT = "不符合要求"


def reason_of(details: ErrorDetails, known: Mapping[str, Any]) -> str:
    """A validation error in English; `known` are the keys of the model that it is about."""
    context = details.get("ctx", {})
    match details["type"]:
        case "missing":
            return "is required"
        case "extra_forbidden":
            keys = f"; known here: {', '.join(known)}" if len(details["loc"]) == 1 else ""
            return f"is no known key{keys}"
        case "enum":
            return f"is {_shown(details['input'])}; allowed are {context['expected']}"
        case "model_type" | "model_attributes_type":
            return "has to be a mapping of keys to values"
        case "list_type":
            return "has to be a list"
        case "value_error":
            return str(context["error"])
        case _:
            return details["msg"].replace("Input", "it", 1).replace("String", "it", 1)


def chinese_reason_of(details: ErrorDetails) -> str:
    """A validation error in Chinese."""
    context = details.get("ctx", {})
    if details["type"] == "value_error":
        error = context["error"]
        return error.chinese if isinstance(error, Misfit) else _MISFIT
    is_text = isinstance(details["input"], str)  # checked as text, told of as of any value
    name = f"string_{details['type']}" if is_text else details["type"]
    words = _CHINESE.get(name) or _CHINESE.get(details["type"], _MISFIT)
    return words.format_map(context)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN_MAX_CHARS else text[: _SHOWN_MAX_CHARS - 3] + "..."
