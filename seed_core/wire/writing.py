"""What the encoders of all wires share: optional fields, media as an address, the last fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from seed_core.body import Body, Splice, encode_json
from seed_core.types import FileId, Image, Json, Media, Options, Prompt, Text, ToolResult, Url


def no_fields(_: Prompt) -> Json:
    """Nothing beyond the standard."""
    return {}


def as_it_is(body: dict[str, Any], _: Prompt) -> dict[str, Any]:
    """The body, unchanged."""
    return body


def image_detail(part: Media, options: Options) -> Json:
    """A picture's `detail`: its own, else that of the call."""
    chosen = (part.detail or options.image_detail) if isinstance(part, Image) else None
    return {} if chosen is None else {"detail": chosen}


def said(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that were said: None is "not said"."""
    return {name: value for name, value in fields.items() if value is not None}


def finished(
    body: dict[str, Any],
    prompt: Prompt,
    issuer: str,
    *,
    own_fields: Callable[[Prompt], Json],
    settle: Callable[[dict[str, Any], Prompt], dict[str, Any]],
    tool_choice: Json,
) -> Body:
    """The body with the host's own fields and the user's, each over those before it.

    Args:
        body: what the wire's standard says.
        prompt: what is asked.
        issuer: the provider, by whose name the user may have given fields.
        own_fields: further fields that the host wants for a prompt.
        settle: the last look at the body, after the user's own fields for this host.
        tool_choice: the fields that say which tool; left out where no tools are offered.
    """
    body = {**body, **own_fields(prompt), **prompt.options.host_options.get(issuer, {})}
    body = settle(body, prompt)
    if body.get("tools"):
        body = {**tool_choice, **body}
    return encode_json({**body, **prompt.options.extra_body})


def address(part: Media, otherwise: str, *, url: str, file_id: str = "file_id") -> dict[str, Any]:
    """Where the host finds the bytes: an address or a data URL under `url`, or a file's id.

    Args:
        part: the picture, video or document.
        otherwise: the MIME type of a part that has none.
        url: the name of the field for an address.
        file_id: the name of the field for the id of an uploaded file.
    """
    match part.source:
        case Url():
            return {url: part.source.url}
        case FileId():
            return {file_id: part.source.file_id}
        case _:
            return {url: Splice(f"data:{part.mime or otherwise};base64,", part.source)}


def texts_of(result: ToolResult, *, flagged: bool = False) -> tuple[Text, ...]:
    """The text of a tool's result.

    Args:
        result: what the tool gave back.
        flagged: whether the wire has a flag for errors; without one the text says it.
    """
    texts = tuple(part for part in result.parts if isinstance(part, Text))
    first, rest = (texts[0], texts[1:]) if texts else (Text(""), ())
    if flagged or not result.is_error or first.text.lower().startswith("error"):
        return texts
    return (replace(first, text=f"Error: {first.text}"), *rest)
