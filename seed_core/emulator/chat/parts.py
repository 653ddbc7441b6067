"""What the parts of a message's content must be: texts, pictures, videos, documents, sounds.

Knows OpenAI's part types and the video part that hosts of Seed add; which of them a host takes, and
with which fields, is told by its dialect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from seed_core.emulator.chat.flaws import Flaw, Kind
from seed_core.emulator.checks import Check, optional_fields, string
from seed_core.emulator.data_url import decode, parse_data_url

__all__ = [
    "DOCUMENTS",
    "IMAGES",
    "VIDEOS",
    "FieldChecks",
    "FileCheck",
    "PartCheck",
    "audio",
    "document",
    "linked",
    "text",
]

PartCheck: TypeAlias = Callable[[Mapping[str, Any], str], None]
"""Refuses a part that stands at a place."""
FieldChecks: TypeAlias = Mapping[str, "tuple[Check, Kind]"]
"""Checks of further fields of a part, each with the kind of flaw that it finds."""
FileCheck: TypeAlias = Callable[[Any, str], None]
"""Refuses the id of an uploaded file that stands at a place."""

IMAGES = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})
VIDEOS = frozenset({"video/mp4", "video/mpeg", "video/mov", "video/quicktime", "video/webm"})
DOCUMENTS = frozenset({"application/pdf"})


def text(part: Mapping[str, Any], where: str) -> None:
    """Check a part of text."""
    if said := string()(part.get("text")):
        raise Flaw(f"{where}.text", said)


def linked(
    field: str,
    media_types: frozenset[str],
    fields: FieldChecks | None = None,
    *,
    bare: bool = False,
    file: FileCheck | None = None,
) -> PartCheck:
    """A part whose `field` is an object with a URL, as `image_url` and `video_url` are.

    `bare` also takes the URL itself in that place; `file` checks a `file_id` that stands there
    instead of a URL (without it there must be a URL).
    """

    def check(part: Mapping[str, Any], where: str) -> None:
        place, holder = f"{where}.{field}", part.get(field)
        if bare and isinstance(holder, str):
            holder = {"url": holder}
        if not isinstance(holder, Mapping):
            raise Flaw(place, "must be an object with a url")
        if file is not None and holder.get("file_id") is not None:
            file(holder["file_id"], f"{place}.file_id")
        else:
            _check_url(holder.get("url"), place, media_types)
        _check_fields(holder, place, fields or {})

    return check


def document(file: FileCheck | None = None, *, url: bool = False) -> PartCheck:
    """A `file` part: `file_data`, or the `file_id` of an upload, or (`url`) a `file_url`."""
    given = optional_fields(
        filename=string(shortest=1),
        file_data=string(shortest=1),
        file_id=string(shortest=1),
        file_url=string(shortest=1),
    )
    sources = ("file_data", "file_id", *(("file_url",) if url else ()))

    def check(part: Mapping[str, Any], where: str) -> None:
        place, holder = f"{where}.file", part.get("file")
        if not isinstance(holder, Mapping):
            raise Flaw(place, "must be an object")
        if said := given(holder):
            raise Flaw(place, said)
        name = next((name for name in sources if name in holder), None)
        if name is None:
            raise Flaw(place, f"needs {' or '.join(sources)}", "missing")
        if name != "file_id":
            check_source(holder[name], f"{place}.{name}", DOCUMENTS)
        elif file is not None:
            file(holder["file_id"], f"{place}.file_id")

    return check


def audio(part: Mapping[str, Any], where: str) -> None:
    """Check a part of sound: base64 without a data URL's head, and its format."""
    place, holder = f"{where}.input_audio", part.get("input_audio")
    if not isinstance(holder, Mapping):
        raise Flaw(place, "must be an object")
    for field in ("data", "format"):
        if said := string(shortest=1)(holder.get(field)):
            raise Flaw(f"{place}.{field}", said)
    if decode(holder["data"]) is None:
        raise Flaw(f"{place}.data", "must be base64 (without data: in front)")


def check_source(url: str, where: str, media_types: frozenset[str]) -> None:
    """Check a URL: http(s), or a data URL of one of some media types."""
    if url.startswith(("https://", "http://")):
        return
    if not url.startswith("data:"):
        raise Flaw(where, "must be an http(s) URL or a data URL", "url_form")
    data = parse_data_url(url)
    if data is None:
        raise Flaw(where, "not a data URL with valid base64", "url_form")
    if data.media_type not in media_types:
        known = ", ".join(sorted(media_types))
        said = f"unsupported media type {data.media_type!r}; supported: {known}"
        raise Flaw(where, said, "url_form")


def _check_url(url: Any, where: str, media_types: frozenset[str]) -> None:
    if not isinstance(url, str) or not url:
        raise Flaw(where, "must be an object with a url", "url_empty")
    check_source(url, f"{where}.url", media_types)


def _check_fields(holder: Mapping[str, Any], where: str, fields: FieldChecks) -> None:
    for name, (check, kind) in fields.items():
        if name in holder and (said := check(holder[name])):
            raise Flaw(where, f"has a field {name} that {said}", kind)
