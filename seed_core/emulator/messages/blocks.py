"""What is taken as a content block of a Messages request, one by one.

From the wire's types. There is no block for video and none for sound.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from seed_core.emulator.checks import (
    Check,
    boolean,
    each,
    either,
    mapping,
    nullable,
    one_of,
    optional_fields,
    string,
)
from seed_core.emulator.data_url import decode
from seed_core.emulator.messages.dialect import Denied

__all__ = ["CACHE", "check_blocks", "check_texts"]


def _cache(value: Any) -> str | None:
    if isinstance(value, Mapping) and "type" not in value:
        return "has no type"
    return optional_fields(type=one_of("ephemeral"), ttl=one_of("5m", "1h"))(value)


Block = Mapping[str, Any]
CACHE: Check = nullable(_cache)
_CITATIONS = optional_fields(enabled=boolean)
_COMMON = optional_fields(cache_control=CACHE)
_IMAGES = ("image/jpeg", "image/png", "image/gif", "image/webp")
_EMPTY = "text content blocks must be non-empty"


def check_texts(blocks: list[Block], where: str) -> None:
    """Refuse what is not text (in `system`, and in messages of that role)."""
    _check_each(blocks, where, {"text": _check_text})


def check_blocks(blocks: Any, role: str, where: str) -> None:
    """Refuse what may not stand in a message of a role."""
    _check_each(blocks, where, _OF_ROLE[role])


def _check_each(blocks: Any, where: str, known: Mapping[str, Callable[[Block, str], None]]) -> None:
    if not isinstance(blocks, list):
        raise Denied(400, f"{where}: Input should be a string or an array of content blocks")
    for number, block in enumerate(blocks):
        place = f"{where}.{number}"
        if not isinstance(block, Mapping):
            raise Denied(400, f"{place}: must be an object")
        kind = block.get("type")
        if not isinstance(kind, str) or kind not in known:
            expected = ", ".join(map(repr, known))
            raise Denied(
                400,
                f"{place}: Input tag {kind!r} found using 'type' does not match any of the "
                f"expected tags: {expected}",
            )
        if said := _COMMON(block):
            raise Denied(400, f"{place}.{kind}: {said}")
        known[kind](block, f"{place}.{kind}")


def _need(block: Block, where: str, **checks: Check) -> None:
    """Refuse a block that lacks one of some fields or has it wrong."""
    for name, check in checks.items():
        if name not in block:
            raise Denied(400, f"{where}.{name}: Field required")
        if said := check(block[name]):
            raise Denied(400, f"{where}.{name}: {said}")


def _check_text(block: Block, where: str) -> None:
    _need(block, where, text=string())
    if not block["text"]:
        raise Denied(400, f"{where}: {_EMPTY}")
    if said := optional_fields(citations=nullable(each(mapping)))(block):
        raise Denied(400, f"{where}: {said}")


def _check_source(
    block: Block, where: str, kinds: Mapping[str, Callable[[Block, str], None]]
) -> None:
    _need(block, where, source=mapping)
    source, place = block["source"], f"{where}.source"
    kind = source.get("type")
    if not isinstance(kind, str) or kind not in kinds:
        raise Denied(400, f"{place}.type: must be one of {', '.join(kinds)}, not {kind!r}")
    kinds[kind](source, f"{place}.{kind}")


def _check_data(source: Block, where: str, *media_types: str) -> None:
    _need(source, where, media_type=one_of(*media_types), data=string())
    if not decode(source["data"]):
        raise Denied(400, f"{where}.data: must be base64 (without data: in front), and not empty")


def _check_url(source: Block, where: str) -> None:
    _need(source, where, url=string())
    if not source["url"].startswith(("https://", "http://")):
        raise Denied(400, f"{where}.url: must be an http(s) URL; data goes into a base64 source")


def _check_image_data(source: Block, where: str) -> None:
    _check_data(source, where, *_IMAGES)


def _check_pdf(source: Block, where: str) -> None:
    _check_data(source, where, "application/pdf")


def _check_plain(source: Block, where: str) -> None:
    _need(source, where, media_type=one_of("text/plain"), data=string(shortest=1))


def _check_image(block: Block, where: str) -> None:
    _check_source(block, where, {"base64": _check_image_data, "url": _check_url})


def _check_content(source: Block, where: str) -> None:
    _need(source, where, content=either(string(), each(mapping)))
    if not isinstance(source["content"], str):
        known = {"text": _check_text, "image": _check_image}
        _check_each(source["content"], f"{where}.content", known)


def _check_document(block: Block, where: str) -> None:
    _check_source(block, where, _DOCUMENTS)
    named = optional_fields(
        title=nullable(string()), context=nullable(string()), citations=nullable(_CITATIONS)
    )
    if said := named(block):
        raise Denied(400, f"{where}: {said}")


def _check_search_result(block: Block, where: str) -> None:
    _need(block, where, source=string(), title=string(), content=each(mapping, least=1))
    check_texts(block["content"], f"{where}.content")
    if said := optional_fields(citations=_CITATIONS)(block):
        raise Denied(400, f"{where}: {said}")


def _check_tool_use(block: Block, where: str) -> None:
    _need(block, where, id=string(shortest=1), name=string(shortest=1), input=mapping)


def _check_tool_result(block: Block, where: str) -> None:
    _need(block, where, tool_use_id=string(shortest=1))
    if said := optional_fields(is_error=boolean)(block):
        raise Denied(400, f"{where}: {said}")
    content = block.get("content", "")
    if not isinstance(content, str):
        _check_each(content, f"{where}.content", _SHOWN)


def _check_thinking(block: Block, where: str) -> None:
    _need(block, where, thinking=string(), signature=string())


def _check_redacted(block: Block, where: str) -> None:
    _need(block, where, data=string(shortest=1))


def _check_server_result(block: Block, where: str) -> None:
    _need(block, where, tool_use_id=string(shortest=1), content=either(mapping, each(mapping)))


_DOCUMENTS: dict[str, Callable[[Block, str], None]] = {
    "base64": _check_pdf,
    "text": _check_plain,
    "url": _check_url,
    "content": _check_content,
}
_SHOWN: dict[str, Callable[[Block, str], None]] = {
    "text": _check_text,
    "image": _check_image,
    "document": _check_document,
    "search_result": _check_search_result,
}
_OF_ROLE: dict[str, Mapping[str, Callable[[Block, str], None]]] = {
    "user": {**_SHOWN, "tool_result": _check_tool_result},
    "assistant": {
        **_SHOWN,
        "thinking": _check_thinking,
        "redacted_thinking": _check_redacted,
        "tool_use": _check_tool_use,
        "server_tool_use": _check_tool_use,
        "web_search_tool_result": _check_server_result,
    },
    "system": {"text": _check_text},
}
