"""What OpenRouter takes in `messages`: roles, content parts, tool calls and their results.

From the host's OpenAPI types and its guides on images, videos, PDFs and reasoning. The pairing of
tool calls and results is checked by the model's own server, so its refusal comes as "Provider
returned error".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from seed_core.emulator.checks import Check, integer, nullable, one_of, optional_fields, string
from seed_core.emulator.data_url import decode, parse_data_url
from seed_core.emulator.openrouter.errors import bad, no_endpoints, upstream

__all__ = ["check_messages"]

_IMAGES = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})
_VIDEOS = frozenset({"video/mp4", "video/mpeg", "video/mov", "video/quicktime", "video/webm"})
_DOCUMENTS = frozenset({"application/pdf"})
_CACHE = optional_fields(
    cache_control=optional_fields(type=one_of("ephemeral"), ttl=one_of("5m", "1h"))
)
_FORMATS = (
    "unknown",
    "openai-responses-v1",
    "azure-openai-responses-v1",
    "bedrock-openai-responses-v1",
    "bedrock-xai-responses-v1",
    "xai-responses-v1",
    "meta-responses-v1",
    "anthropic-claude-v1",
    "google-gemini-v1",
)
_FILE = optional_fields(
    filename=string(shortest=1), file_data=string(shortest=1), file_id=string(shortest=1)
)
_DETAIL = optional_fields(
    id=nullable(string()),
    format=nullable(one_of(*_FORMATS)),
    index=integer(0),
)
_DETAILS: dict[str, tuple[tuple[str, ...], Check]] = {
    "reasoning.text": ((), optional_fields(text=nullable(string()), signature=nullable(string()))),
    "reasoning.summary": (("summary",), optional_fields(summary=string())),
    "reasoning.encrypted": (("data",), optional_fields(data=string())),
    "reasoning.server_tool_call": (
        ("tool_name", "arguments", "result"),
        optional_fields(
            tool_name=string(),
            arguments=string(),
            result=string(),
            tool_call_id=nullable(string()),
        ),
    ),
}


def check_messages(messages: Any, model: str) -> None:
    """Refuse what the host refuses in a conversation."""
    if not isinstance(messages, list):
        message = "messages: must be an array"
        raise bad(message)
    if not messages:
        message = "messages: must contain at least 1 element(s)"
        raise bad(message)
    for number, message in enumerate(messages):
        where = f"messages.{number}"
        if not isinstance(message, Mapping):
            raise bad(f"{where}: must be an object")
        role = message.get("role")
        if not isinstance(role, str) or role not in _ROLES:
            raise bad(f"{where}.role: must be one of {', '.join(_ROLES)}, not {role!r}")
        if said := optional_fields(name=nullable(string()))(message):
            raise bad(f"{where}: {said}")
        _ROLES[role](message, where, model)
    _check_pairs(messages)
    _check_duplicates(messages)


def _check_instruction(message: Mapping[str, Any], where: str, model: str) -> None:
    _check_content(message.get("content"), where, {"text": _check_text}, model)


def _check_user(message: Mapping[str, Any], where: str, model: str) -> None:
    content = message.get("content")
    if content == []:
        raise bad(f"{where}.content: must contain at least 1 element(s)")
    _check_content(content, where, _PARTS, model)


def _check_result(message: Mapping[str, Any], where: str, model: str) -> None:
    if said := string(shortest=1)(message.get("tool_call_id")):
        raise bad(f"{where}.tool_call_id: {said}")
    _check_content(message.get("content"), where, _PARTS, model)


def _check_assistant(message: Mapping[str, Any], where: str, model: str) -> None:
    content, calls = message.get("content"), message.get("tool_calls")
    if content is not None:
        _check_content(content, where, _PARTS, model)
    elif not calls and not message.get("refusal"):
        raise upstream(f"{where}: an assistant message needs content or tool_calls")
    for field in ("reasoning", "reasoning_content", "refusal"):
        if said := nullable(string())(message.get(field)):
            raise bad(f"{where}.{field}: {said}")
    if calls is not None:
        _check_calls(calls, f"{where}.tool_calls")
    if message.get("reasoning_details") is not None:
        _check_details(message["reasoning_details"], f"{where}.reasoning_details")


def _check_content(
    content: Any, where: str, parts: Mapping[str, Callable[..., None]], model: str
) -> None:
    if isinstance(content, str):
        return
    if not isinstance(content, list):
        raise bad(f"{where}.content: must be a string or an array of parts")
    for number, part in enumerate(content):
        place = f"{where}.content.{number}"
        if not isinstance(part, Mapping):
            raise bad(f"{place}: must be an object")
        kind = part.get("type")
        if not isinstance(kind, str) or kind not in parts:
            raise bad(f"{place}.type: must be one of {', '.join(parts)}, not {kind!r}")
        if said := _CACHE(part):
            raise bad(f"{place}: {said}")
        parts[kind](part, place, model)


def _check_text(part: Mapping[str, Any], where: str, _model: str) -> None:
    if said := string()(part.get("text")):
        raise bad(f"{where}.text: {said}")


def _check_image(part: Mapping[str, Any], where: str, _model: str) -> None:
    image = part.get("image_url")
    _check_url(image, f"{where}.image_url", _IMAGES)
    if said := optional_fields(detail=one_of("auto", "low", "high", "original"))(image):
        raise bad(f"{where}.image_url: {said}")


def _check_video(part: Mapping[str, Any], where: str, _model: str) -> None:
    _check_url(part.get("video_url"), f"{where}.video_url", _VIDEOS)


def _check_url(holder: Any, where: str, media_types: frozenset[str]) -> None:
    url = holder.get("url") if isinstance(holder, Mapping) else None
    if not isinstance(url, str) or not url:
        raise bad(f"{where}: must be an object with a url")
    _check_source(url, f"{where}.url", media_types)


def _check_source(url: str, where: str, media_types: frozenset[str]) -> None:
    if url.startswith(("https://", "http://")):
        return
    if not url.startswith("data:"):
        raise bad(f"{where}: must be an http(s) URL or a data URL")
    data = parse_data_url(url)
    if data is None:
        raise bad(f"{where}: not a data URL with valid base64")
    if data.media_type not in media_types:
        known = ", ".join(sorted(media_types))
        raise bad(f"{where}: unsupported media type {data.media_type!r}; supported: {known}")


def _check_file(part: Mapping[str, Any], where: str, _model: str) -> None:
    file = part.get("file")
    if not isinstance(file, Mapping):
        raise bad(f"{where}.file: must be an object")
    if said := _FILE(file):
        raise bad(f"{where}.file: {said}")
    if "file_data" not in file:
        if "file_id" in file:
            return
        raise bad(f"{where}.file: needs file_data or file_id")
    _check_source(file["file_data"], f"{where}.file.file_data", _DOCUMENTS)


def _check_audio(part: Mapping[str, Any], where: str, model: str) -> None:
    audio = part.get("input_audio")
    if not isinstance(audio, Mapping):
        raise bad(f"{where}.input_audio: must be an object")
    for field in ("data", "format"):
        if said := string(shortest=1)(audio.get(field)):
            raise bad(f"{where}.input_audio.{field}: {said}")
    if decode(audio["data"]) is None:
        raise bad(f"{where}.input_audio.data: must be base64 (without data: in front)")
    message = "No endpoints found that support input audio"
    raise no_endpoints(message, model)


def _check_calls(calls: Any, where: str) -> None:
    if not isinstance(calls, list):
        raise bad(f"{where}: must be an array")
    if not calls:
        raise upstream(f"[] is too short - '{where}'")
    for number, call in enumerate(calls):
        place = f"{where}.{number}"
        if not isinstance(call, Mapping) or call.get("type") != "function":
            raise bad(f"{place}: must be an object of type function")
        function = call.get("function")
        if not isinstance(function, Mapping):
            raise bad(f"{place}.function: must be an object")
        if said := string(shortest=1)(call.get("id")):
            raise bad(f"{place}.id: {said}")
        if said := string(shortest=1)(function.get("name")):
            raise bad(f"{place}.function.name: {said}")
        if said := string()(function.get("arguments")):
            raise bad(f"{place}.function.arguments: {said}")


def _check_details(details: Any, where: str) -> None:
    if not isinstance(details, list):
        raise bad(f"{where}: must be an array")
    for number, detail in enumerate(details):
        place = f"{where}.{number}"
        kind = detail.get("type") if isinstance(detail, Mapping) else None
        if not isinstance(kind, str) or kind not in _DETAILS:
            raise bad(f"{place}.type: must be one of {', '.join(_DETAILS)}, not {kind!r}")
        required, check = _DETAILS[kind]
        missing = [field for field in required if field not in detail]
        if missing:
            raise bad(f"{place}.{missing[0]}: is required")
        if said := _DETAIL(detail) or check(detail):
            raise bad(f"{place}: {said}")


def _check_pairs(messages: list[Mapping[str, Any]]) -> None:
    """Every call needs its result before the talk goes on, and every result its call."""
    known: set[str] = set()
    open_calls: set[str] = set()
    for message in messages:
        if message["role"] == "tool":
            if message["tool_call_id"] not in known:
                raise upstream(f"No tool call found for tool_call_id {message['tool_call_id']!r}")
            open_calls.discard(message["tool_call_id"])
            continue
        _refuse_open(open_calls)
        open_calls = {call["id"] for call in message.get("tool_calls") or []}
        known |= open_calls
    _refuse_open(open_calls)


def _refuse_open(calls: set[str]) -> None:
    if calls:
        raise upstream(
            "An assistant message with 'tool_calls' must be followed by tool messages responding "
            f"to each 'tool_call_id'. Without a response: {', '.join(sorted(calls))}"
        )


def _check_duplicates(messages: list[Mapping[str, Any]]) -> None:
    ids: set[tuple[str, str]] = set()
    for message in messages:
        for detail in message.get("reasoning_details") or []:
            key = (detail["type"], detail.get("id") or "")
            if key[1] and key in ids:
                raise upstream(f"Duplicate item found with id {key[1]}")
            ids.add(key)


_PARTS: dict[str, Callable[..., None]] = {
    "text": _check_text,
    "image_url": _check_image,
    "video_url": _check_video,
    "input_video": _check_video,
    "file": _check_file,
    "input_audio": _check_audio,
}
_ROLES: dict[str, Callable[..., None]] = {
    "system": _check_instruction,
    "developer": _check_instruction,
    "user": _check_user,
    "assistant": _check_assistant,
    "tool": _check_result,
}
