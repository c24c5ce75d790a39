"""The endpoint's own sentences in the two languages it speaks; `{names}` are filled in."""

from schema.negotiation import Locale

_TEXTS: dict[str, tuple[str, str]] = {
    "internal": (
        "服务器出错了，请稍后再试；联系我们时请提供 requestId。",
        "Something went wrong on our side. Try again later; tell us the requestId.",
    ),
    "timeout": (
        "查询超过 {seconds:g} 秒，已停止。请减少一次请求的内容。",
        "The query took longer than {seconds:g} s and was stopped. Ask for less at once.",
    ),
    "method": (
        "这里不接受 {method} 请求。",
        "{method} is not accepted here.",
    ),
    "get_mutation": (
        "GET 只能用于查询；变更请用 POST。",
        "GET is for queries only; send mutations with POST.",
    ),
    "preview_queries": (
        "预览只接受 POST 查询，不能执行变更。",
        "Previews take queries by POST only.",
    ),
    "not_acceptable": (
        "只能以 application/json 或 application/graphql-response+json 回答。",
        "Answers come as application/json or application/graphql-response+json only.",
    ),
    "content_type": (
        "请求正文须为 application/json，UTF-8 编码。",
        "The body has to be application/json in UTF-8.",
    ),
    "content_encoding": (
        "不接受压缩的请求正文。",
        "Compressed bodies are not accepted.",
    ),
    "body_too_large": (
        "请求正文超过 {limit} 字节。",
        "The body is larger than {limit} bytes.",
    ),
    "body_timeout": (
        "请求正文没有在 {seconds:g} 秒内传完。",
        "The body did not arrive within {seconds:g} s.",
    ),
    "body_not_json": (
        "请求正文不是有效的 UTF-8 JSON。",
        "The body is not valid JSON in UTF-8.",
    ),
    "body_not_object": (
        "请求正文须为一个 JSON 对象。",
        "The body has to be one JSON object.",
    ),
    "batching": (
        "不支持批量请求，每次只发一个操作。",
        "Batching is off: send one operation per request.",
    ),
    "query_string": (
        "网址参数不是有效的 UTF-8 百分号编码。",
        "The query string is not valid percent-encoded UTF-8.",
    ),
    "parameter_type": (
        "参数 {name} 须为{kind_zh}。",
        "The parameter {name} has to be {kind_en}.",
    ),
    "query_missing": (
        "缺少参数 query。",
        "The parameter query is missing.",
    ),
    "query_hash": (
        "query 与 extensions.persistedQuery.sha256Hash 或 documentId 不符。",
        "The query does not match extensions.persistedQuery.sha256Hash or documentId.",
    ),
    "not_registered": (
        "这里只执行已登记的查询文档，此文档未登记。",
        "Only registered documents are executed here, and this one is not.",
    ),
    "nul": (
        "{where} 含有 NUL 字符（U+0000）。",
        "{where} contains a NUL character (U+0000).",
    ),
    "introspection": (
        "未登录时不能内省；结构定义以文件形式提供。",
        "Introspection is off for anonymous callers; the schema is shipped as a file.",
    ),
    "limit_tokens": (
        "文档超过 {limit} 个词法单元。",
        "The document has more than {limit} tokens.",
    ),
    "limit_selections": (
        "文档写了 {count} 个字段和片段引用，上限为 {limit}。",
        "The document writes {count} fields and fragment spreads; the limit is {limit}.",
    ),
    "limit_values": (
        "括号内的参数共 {count} 个词法单元，上限为 {limit}。请改用变量。",
        "Arguments take {count} tokens; the limit is {limit}. Use variables.",
    ),
    "limit_definitions": (
        "文档有 {count} 个操作和片段，上限为 {limit}。",
        "The document has {count} operations and fragments; the limit is {limit}.",
    ),
    "limit_depth": (
        "查询深度为 {count}，上限为 {limit}。",
        "The operation is {count} levels deep; the limit is {limit}.",
    ),
    "limit_nesting": (
        "选择集嵌套超过 {limit} 层。",
        "Selection sets are nested more than {limit} levels.",
    ),
    "limit_aliases": (
        "别名共 {count} 个，上限为 {limit}。",
        "The operation has {count} aliases; the limit is {limit}.",
    ),
    "limit_root_mutations": (
        "一次请求有 {count} 个变更，上限为 {limit}。",
        "The operation has {count} mutations; the limit is {limit}.",
    ),
    "limit_once": (
        "变更 {name} 每次请求只能出现一次。",
        "The mutation {name} may appear once per request.",
    ),
    "limit_introspection": (
        "内省查询过大。",
        "The introspection asks for too much.",
    ),
    "limit_overlap": (
        "同名字段重复过多，无法合并检查。",
        "Too many fields overlap to be checked.",
    ),
    "limit_cost": (
        "查询成本为 {count}，上限为 {limit}。请减小 first 或少选字段。",
        "The operation costs {count}; the limit is {limit}. Ask for smaller pages or fewer fields.",
    ),
}


def text(key: str, locale: Locale, **values: object) -> str:
    """The sentence `key` in the caller's language. Raises KeyError for a key that is not there."""
    chinese, english = _TEXTS[key]
    return (english if locale == "en" else chinese).format(**values)
