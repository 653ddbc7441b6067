"""One content block of a message as a part: LangChain's own, OpenAI's and Anthropic's forms."""

from __future__ import annotations

import json
import os
from base64 import b64decode
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from seed_core import media
from seed_core.errors import ConfigurationError, MediaError, UnsupportedError
from seed_core.media import Kind
from seed_core.types import (
    Document,
    File,
    FileId,
    Image,
    Media,
    Source,
    Text,
    ToolResult,
    Video,
)

Block: TypeAlias = Mapping[str, Any]

_NO_AUDIO = "audio is not supported: as these hosts serve it, Seed 2.0 Mini takes none"


def part_of(block: Block) -> Text | Media | ToolResult | None:
    """The part that a block is, or None for a type that is not content.

    A URL in a block is passed on if it is http(s), and decoded if it is a data URL. A local file
    is read, while it is sent, only where the caller gives a `pathlib.Path` under `path`: messages
    can come from elsewhere, and no JSON becomes one.

    Raises:
        MediaError: media that cannot be used.
        UnsupportedError: audio.
    """
    match block.get("type"):
        case "text":
            return Text(str(block.get("text") or ""), block.get("cache_control"))
        case "text-plain":
            return Text(_plain_text(block))
        case "json":
            return Text(json.dumps(block.get("json"), ensure_ascii=False))
        case "custom_tool_call_output":
            return Text(str(block.get("output") or ""))
        case "search_result":
            return Text(_search_result(block))
        case "image" | "video" as kind:
            return _media(block, kind)
        case "image_url" | "video_url" as name:
            return _openai_url(block, name)
        case "file":
            return _file(block)
        case "document":
            return _anthropic_document(block)
        case "tool_result":
            return _anthropic_tool_result(block)
        case "audio" | "input_audio":
            raise UnsupportedError(_NO_AUDIO)
        case _:
            return None


def _media(block: Block, kind: Kind) -> Media:
    """A block that says `url`, `base64` or `file_id` itself, or Anthropic's with a `source`."""
    inner = block.get("source")
    if isinstance(inner, Mapping):
        block = {
            "url": inner.get("url"),
            "base64": inner.get("data"),
            "file_id": inner.get("file_id"),
            "mime_type": inner.get("media_type"),
            **{name: block[name] for name in ("title", "filename", "extras") if name in block},
        }
    source, mime = _source(block, kind)
    extras = block.get("extras") or {}
    if kind == "image":
        return Image(source, mime, block.get("detail") or extras.get("detail"))
    if kind == "video":
        return Video(source, mime)
    name = block.get("filename") or extras.get("filename") or block.get("title")
    if name is None and isinstance(source, File):
        name = Path(source.path).name
    return Document(source, mime, name)


def _source(block: Block, kind: Kind) -> tuple[Source, str | None]:
    """Where the bytes of a block are."""
    mime = block.get("mime_type")
    path = block.get("path")
    if isinstance(path, os.PathLike):
        return media.from_path(path, kind, mime)
    if path:
        raise MediaError(
            f"a {kind} block's path must be a pathlib.Path, which only your own code can make: a "
            "message from elsewhere must not name your files"
        )
    if block.get("url"):
        return media.from_url(str(block["url"]), kind, mime)
    data = block.get("base64") or block.get("data")
    if isinstance(data, bytes):
        return media.from_bytes(data, kind, mime)
    if data:
        return media.from_base64(str(data), kind, mime)
    ident = block.get("file_id") or (block.get("id") if block.get("source_type") == "id" else None)
    if ident:
        return FileId(str(ident)), mime
    raise MediaError(f"a block of type {kind!r} has neither url, base64, path nor file_id")


def _openai_url(block: Block, name: str) -> Media:
    """`{"image_url": {"url": ..., "detail": ...}}`, or the URL alone."""
    said = block.get(name)
    fields: Block = said if isinstance(said, Mapping) else {"url": said}
    kind: Kind = "image" if name == "image_url" else "video"
    if not fields.get("url"):
        raise MediaError(f"a block of type {name!r} has no url")
    source, mime = media.from_url(str(fields["url"]), kind)
    return Image(source, mime, fields.get("detail")) if kind == "image" else Video(source, mime)


def _file(block: Block) -> Text | Media:
    """A file: what its MIME type says, a document otherwise. OpenAI nests it under `file`."""
    inner = block.get("file")
    if isinstance(inner, Mapping):
        data = inner.get("file_data")
        is_url = isinstance(data, str) and ":" in data[:8]
        block = {
            "url" if is_url else "base64": data,
            "file_id": inner.get("file_id"),
            "filename": inner.get("filename"),
        }
    mime = str(block.get("mime_type") or "")
    family = mime.partition("/")[0]
    if family == "audio":
        raise UnsupportedError(_NO_AUDIO)
    if mime == "text/plain" and (block.get("base64") or block.get("text")):
        return Text(_plain_text(block))
    kinds: dict[str, Kind] = {"image": "image", "video": "video"}
    return _media(block, kinds.get(family, "document"))


def _anthropic_document(block: Block) -> Text | Media:
    """Anthropic's document: text, base64 or a URL under `source`."""
    source = block.get("source")
    if isinstance(source, Mapping) and source.get("type") == "text":
        return Text(_titled(str(source.get("data") or ""), block))
    return _media(block, "document")


def _anthropic_tool_result(block: Block) -> ToolResult:
    """Anthropic's tool result, which stands in a user's message."""
    content = block.get("content")
    parts: list[Text | Media] = []
    for inner in [content] if isinstance(content, str) else content or ():
        part = Text(inner) if isinstance(inner, str) else part_of(inner)
        if part is None or isinstance(part, ToolResult):
            raise ConfigurationError(f"a tool result cannot hold {inner!r}")
        parts.append(part)
    return ToolResult(str(block["tool_use_id"]), tuple(parts), is_error=bool(block.get("is_error")))


def _search_result(block: Block) -> str:
    """A result of a search: title, source, and its text."""
    content = block.get("content") or ()
    texts = [str(part.get("text") or "") for part in content if isinstance(part, Mapping)]
    lines = [block.get("title"), block.get("source"), *texts]
    return "\n".join(str(line) for line in lines if line)


def _plain_text(block: Block) -> str:
    """A plain-text document, with its title, as text: every model reads that."""
    text = block.get("text")
    if text is None and block.get("base64"):
        try:
            text = b64decode(str(block["base64"])).decode()
        except ValueError as error:
            raise MediaError(f"the text document is not base64 of UTF-8 text: {error}") from error
    if text is None:
        raise MediaError("a text document by URL cannot be sent; load it and pass its text")
    return _titled(str(text), block)


def _titled(text: str, block: Block) -> str:
    """Text under its title."""
    title = block.get("title") or block.get("filename")
    return f"{title}\n\n{text}" if title else text
