"""One content block of a message as parts. URLs are passed on; nothing is ever downloaded.

LlamaIndex's own `resolve_...()` and `inline_url()` fetch a URL, also in async code, so they are not
used. A path in a block was put there by its typed field and checked by LlamaIndex; a `url` is never
read as a path.
"""

from __future__ import annotations

import mimetypes
from base64 import b64decode
from collections.abc import Iterator, Sequence
from io import IOBase, TextIOBase
from pathlib import Path, PurePath
from typing import Any, TypeAlias, cast
from urllib.parse import unquote, urlsplit

from llama_index.core.base.llms.types import (
    AudioBlock,
    CachePoint,
    CitableBlock,
    CitationBlock,
    DocumentBlock,
    ImageBlock,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
    VideoBlock,
)

from seed_core import media
from seed_core.errors import ConfigurationError, MediaError, UnsupportedError
from seed_core.media import Kind
from seed_core.types import Base64, Bytes, Document, File, Image, Media, Source, Text, Video

Content: TypeAlias = Text | Media

_NO_AUDIO = "audio is not supported: as these hosts serve it, Seed 2.0 Mini takes none"
_UNTITLED = "input_document"
"""The title that LlamaIndex gives to a document without one."""


def content_of(blocks: Sequence[Any]) -> list[Content]:
    """The text and media of blocks.

    A cache point marks the text before it; where there is none it says nothing.

    Raises:
        MediaError: media that cannot be used.
        UnsupportedError: audio.
        ConfigurationError: a kind of block that this version does not know, or one that belongs
            into an answer.
    """
    parts: list[Content] = []
    for block in blocks:
        if isinstance(block, CachePoint):
            last = parts[-1] if parts else None
            if isinstance(last, Text):
                control = {"type": block.cache_control.type, "ttl": block.cache_control.ttl}
                parts[-1] = Text(last.text, control)
        else:
            parts += _parts(block)
    return parts


def _parts(block: object) -> Iterator[Content]:
    """The parts of one block."""
    match block:
        case TextBlock():
            yield Text(block.text)
        case ImageBlock():
            source, mime = _source(block, block.image, "image", block.image_mimetype)
            yield Image(source, mime, block.detail)
        case VideoBlock():
            yield Video(*_source(block, block.video, "video", block.video_mimetype))
        case DocumentBlock():
            yield _document(block)
        case CitableBlock():
            yield Text(_headline(block.title, block.source))
            yield from content_of(block.content)
        case CitationBlock():
            yield Text(_headline(block.title, block.source))
            yield from content_of([block.cited_content])
        case AudioBlock():
            raise UnsupportedError(_NO_AUDIO)
        case ThinkingBlock() | ToolCallBlock():
            name = type(block).__name__
            raise ConfigurationError(f"a {name} belongs into an assistant message")
        case _:
            raise ConfigurationError(f"a {type(block).__name__} cannot be sent to a model")


def _source(block: Any, data: object, kind: Kind, mime: str | None) -> tuple[Source, str | None]:
    """Where the bytes of a block are."""
    if data:
        return _held(data, kind, mime)
    if block.path:
        return media.from_path(block.path, kind, mime)
    if block.url:
        return media.from_url(str(block.url), kind, mime)
    raise MediaError(f"the {kind} block has neither data, path nor url")


def _held(data: object, kind: Kind, mime: str | None) -> tuple[Source, str | None]:
    """Bytes that the block itself holds: LlamaIndex keeps them as base64."""
    if isinstance(data, IOBase):
        source, found = media.from_bytes(_content(data, kind), kind, mime)
    elif isinstance(data, bytes):
        source, found = media.from_base64(data.decode("ascii", "replace"), kind, mime)
    else:
        raise MediaError(f"the {kind} block holds a {type(data).__name__}, not bytes")
    if found is None and kind != "document":
        raise MediaError(
            f"what {kind}= holds is no {kind} that is known here, and {kind}_mimetype= is not "
            "said; a file is named with path="
        )
    return source, found


def _content(file: IOBase, kind: Kind) -> bytes:
    """All of an open file, which is left where it stood."""
    if isinstance(file, TextIOBase):
        raise MediaError(f"the {kind}'s file was opened as text; open it in binary mode")
    try:
        place = file.tell()
        file.seek(0)
        data: bytes = cast("Any", file).read()
        file.seek(place)
    except (OSError, ValueError) as error:  # a pipe, a closed file
        raise MediaError(f"the {kind}'s open file cannot be read: {error}") from error
    return data


def _document(block: DocumentBlock) -> Content:
    """A document; one of plain text is sent as text, which every model reads."""
    mime = block.document_mimetype or mimetypes.guess_type(str(block.path or block.title))[0]
    source, found = _source(block, block.data, "document", mime)
    name = _filename(block)
    if (found or "").startswith("text/") and (block.data or block.path):
        text = _plain_text(source)
        return Text(f"{name}\n\n{text}" if name else text)
    return Document(source, found, name)


def _plain_text(source: Source) -> str:
    """The words of a text document."""
    try:
        match source:
            case Base64():
                return b64decode(source.data).decode()
            case Bytes():
                return source.data.decode()
            case _:
                return Path(cast("File", source).path).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        # LlamaIndex takes the four letters "test" for the base64 of three bytes.
        hint = (
            "; data= that is valid base64 is taken for base64: encode such a text, or send it as "
            "a TextBlock"
        )
        raise MediaError(
            f"the text document cannot be read as UTF-8: {error}"
            + (hint if isinstance(source, Base64) else "")
        ) from error


def _filename(block: DocumentBlock) -> str | None:
    """The document's name: its title, or what its path or address ends in."""
    if block.title and block.title != _UNTITLED:
        return block.title
    if block.path:
        return PurePath(block.path).name
    try:
        path = urlsplit(block.url or "").path
    except ValueError:  # no address, which is the host's to say
        return None
    return unquote(PurePath(path).name) or None


def _headline(title: str, source: str) -> str:
    """What stands over quoted content."""
    return f"{title} ({source}):" if source else f"{title}:"
