"""Pictures, videos and documents from whatever the caller has.

A URL is passed through and never downloaded. A local file is read only where the caller named it
as a path; its bytes are read while they are sent. What something is, is decided by its content
first and by its name second.
"""

from __future__ import annotations

import mimetypes
import os
import re
from base64 import b64decode
from pathlib import Path
from typing import BinaryIO, Literal, TypeAlias

from seed_core.errors import MediaError
from seed_core.types import Base64, Bytes, Document, File, Image, Source, Url, Video

MediaLike: TypeAlias = str | os.PathLike[str] | bytes | BinaryIO
"""A URL, data URL or path as text, a path, bytes, or an open binary file."""

Kind: TypeAlias = Literal["image", "video", "document"]

_A: dict[Kind, str] = {"image": "an image", "video": "a video", "document": "a document"}
_HEAD = 64
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_DATA_URL = re.compile(r"data:(?P<mime>[^;,]*)(?P<parameters>(?:;[^;,]*)*),", re.IGNORECASE)
_SIGNATURES: tuple[tuple[bytes, int, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"GIF8", 0, "image/gif"),
    (b"WEBP", 8, "image/webp"),
    (b"II*\x00", 0, "image/tiff"),
    (b"MM\x00*", 0, "image/tiff"),
    (b"ftyphei", 4, "image/heic"),
    (b"ftyphev", 4, "image/heic"),
    (b"ftypmif1", 4, "image/heif"),
    (b"ftypmsf1", 4, "image/heif"),
    (b"ftypavif", 4, "image/avif"),
    (b"ftypqt", 4, "video/quicktime"),
    (b"ftyp", 4, "video/mp4"),
    (b"\x1aE\xdf\xa3", 0, "video/webm"),
    (b"\x00\x00\x01\xba", 0, "video/mpeg"),
    (b"\x00\x00\x01\xb3", 0, "video/mpeg"),
    (b"AVI ", 8, "video/x-msvideo"),
    (b"%PDF", 0, "application/pdf"),
)


def sniff(head: bytes) -> str | None:
    """The MIME type that the first bytes speak of, or None.

    Example:
        >>> sniff(b"%PDF-1.7")
        'application/pdf'
    """
    for signature, offset, mime in _SIGNATURES:
        if head.startswith(signature, offset):
            return mime
    return None


def image(source: MediaLike, *, mime: str | None = None, detail: str | None = None) -> Image:
    """A picture from a URL, a data URL, a path, bytes or an open file.

    Raises:
        MediaError: the file is missing or empty, or it is not a picture.

    Example:
        >>> image("https://example.com/cat.png").source
        Url(url='https://example.com/cat.png')
    """
    found, kind = _open(source, mime, "image")
    return Image(found, kind, detail)


def video(source: MediaLike, *, mime: str | None = None) -> Video:
    """A clip, from the same things as `image`.

    Raises:
        MediaError: the file is missing or empty, or it is not a video.
    """
    return Video(*_open(source, mime, "video"))


def document(
    source: MediaLike, *, mime: str | None = None, filename: str | None = None
) -> Document:
    """A document, from the same things as `image`. A path gives its own file name.

    Raises:
        MediaError: the file is missing or empty, or it is a picture or a video.
    """
    found, kind = _open(source, mime, "document")
    if filename is None and isinstance(found, File):
        filename = Path(found.path).name
    return Document(found, kind, filename)


def from_url(url: str, kind: Kind, mime: str | None = None) -> tuple[Source, str | None]:
    """Media at an http(s) or data URL, and nothing else: what a message's `url` may say.

    Messages can come from elsewhere than the caller, so no local path is ever read here.

    Raises:
        MediaError: another scheme, or a data URL that is not what it says.
    """
    if url[:5].lower() == "data:":
        return _from_data_url(url, mime, kind)
    if not re.match(r"https?://[^/\s]", url, re.IGNORECASE):
        shown = url if len(url) <= 80 else f"{url[:77]}..."
        msg = (
            f"{_A[kind]} URL must begin with http://, https:// or data:, not {shown!r}; a local "
            "file is named by its path, as a pathlib.Path, or passed as bytes"
        )
        raise MediaError(msg)
    # Cut here, since Python looks beyond the path until 3.12 and not from 3.13 on.
    return Url(url), mime or _by_name(re.split("[?#]", url, maxsplit=1)[0], kind)


def from_base64(data: str, kind: Kind, mime: str | None = None) -> tuple[Source, str | None]:
    """Media that a message carries as base64 text.

    Raises:
        MediaError: the text is not base64, is empty, or is another kind of media.
    """
    if not _BASE64.fullmatch(data) or len(data) % 4:
        data = "".join(data.split())
        if not _BASE64.fullmatch(data) or len(data) % 4:
            msg = f"the {kind}'s base64 text is not padded standard base64"
            raise MediaError(msg)
    if not data:
        msg = f"the {kind} is empty"
        raise MediaError(msg)
    return Base64(data), _agree(sniff(b64decode(data[:_HEAD])), mime, kind)


def from_bytes(data: bytes, kind: Kind, mime: str | None = None) -> tuple[Source, str | None]:
    """Media in memory.

    Raises:
        MediaError: there are no bytes, or they are another kind of media.
    """
    if not data:
        msg = f"the {kind} is empty"
        raise MediaError(msg)
    return Bytes(data), _agree(sniff(data[:_HEAD]), mime, kind)


def from_path(
    path: str | os.PathLike[str], kind: Kind, mime: str | None = None
) -> tuple[Source, str | None]:
    """Media in a local file that the caller named.

    Raises:
        MediaError: the file cannot be read, is empty, or is another kind of media.
    """
    name = os.fspath(path)
    shown = name if len(name) <= 200 else f"{name[:200]}..."
    if _is_something_else(name):
        msg = f"the {kind} {shown!r} is not a file"
        raise MediaError(msg)
    try:
        with open(name, "rb") as file:  # noqa: PTH123 - the name is kept as it was given
            head = file.read(_HEAD)
            status = os.fstat(file.fileno())
    except (OSError, ValueError) as error:
        msg = f"the {kind} {shown!r} cannot be read: {getattr(error, 'strerror', None) or error}"
        raise MediaError(msg) from error
    if not head:
        msg = f"the {kind} {shown!r} is empty"
        raise MediaError(msg)
    found = _agree(sniff(head), mime or _by_name(name, kind), kind)
    return File(name, status.st_size, status.st_mtime_ns), found


def read_part(source: Source, start: int, size: int) -> bytes:
    """Some bytes of local media, as many as there are; none of what is elsewhere, or gone.

    Example:
        >>> read_part(Base64("aGVsbG8="), 1, 3)
        b'ell'
    """
    try:
        match source:
            case Bytes():
                return source.data[start : start + size]
            case Base64():
                before = start % 3
                first = (start - before) // 3 * 4
                text = source.data[first : first + (before + size + 2) // 3 * 4]
                return b64decode(text)[before : before + size]
            case File():
                with open(source.path, "rb") as file:  # noqa: PTH123 - as it was given
                    file.seek(start)
                    return file.read(size)
            case _:
                return b""
    except (OSError, OverflowError, ValueError):  # sending it will say what is wrong
        return b""


def _is_something_else(name: str) -> bool:
    """Whether a path leads to what is no file; what cannot be told shows when it is opened."""
    try:
        return Path(name).exists() and not Path(name).is_file()
    except OSError:  # too long to be a path, or below a folder that may not be looked into
        return False


def _open(source: MediaLike, mime: str | None, kind: Kind) -> tuple[Source, str | None]:
    """Whatever the caller has, as a source and its MIME type."""
    if isinstance(source, bytes):
        return from_bytes(source, kind, mime)
    if isinstance(source, str) and re.match(r"(https?://|data:)", source, re.IGNORECASE):
        return from_url(source, kind, mime)
    if isinstance(source, (str, os.PathLike)):
        return from_path(source, kind, mime)
    data = source.read()
    if not isinstance(data, bytes):
        msg = f"the {kind}'s file was opened as text; open it in binary mode"
        raise MediaError(msg)
    return from_bytes(data, kind, mime)


def _from_data_url(url: str, mime: str | None, kind: Kind) -> tuple[Source, str | None]:
    """The media inside a data URL."""
    match = _DATA_URL.match(url)
    if match is None or ";base64" not in match["parameters"].lower():
        msg = f"the {kind}'s data URL must have the form data:<mime>;base64,<data>"
        raise MediaError(msg)
    return from_base64(url[match.end() :], kind, match["mime"].lower() or mime)


def _by_name(name: str, kind: Kind) -> str | None:
    """What the extension says, if it says the kind that is wanted."""
    # The last part alone: from 3.13 on Python takes `//[` for the beginning of an address.
    guess = mimetypes.guess_type(name.rpartition("/")[2])[0]
    return guess if guess and _kind_of(guess) == kind else None


def _kind_of(mime: str) -> Kind:
    """Pictures and videos are what they say; everything else is a document."""
    family = mime.partition("/")[0]
    return "image" if family == "image" else "video" if family == "video" else "document"


def _agree(found: str | None, said: str | None, kind: Kind) -> str | None:
    """The MIME type by content first, by what was said second; never another kind."""
    mime = found or (said.lower() if said else None)
    if mime and _kind_of(mime) != kind:
        msg = f"this is {mime}, which is not {_A[kind]}"
        raise MediaError(msg)
    return mime
