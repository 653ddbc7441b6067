"""Pictures and videos of a request: how many are looked at, and which are refused.

A URL of elsewhere is taken on trust, as nothing is downloaded here; one of the host's own storage
is looked up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from seed_core.emulator.chat import Flaw, parts
from seed_core.emulator.data_url import parse_data_url
from seed_core.emulator.fal.errors import Problem
from seed_core.emulator.seen import StoredFile

__all__ = ["FIELDS", "LookUp", "Missing", "media_problems", "shown"]

_Loc: TypeAlias = "tuple[str | int, ...]"


class Missing(Exception):  # noqa: N818  (it is the storage's answer, not a failure of this code)
    """A file that the host's own storage does not hold."""


LookUp: TypeAlias = Callable[[str], "StoredFile | None"]
"""Gives the file of the storage's own URL, None for any other URL; raises `Missing`."""


@dataclass(frozen=True)
class _Kind:
    name: Literal["image", "video"]
    most: int
    """More are ignored without a word."""
    types: frozenset[str]
    formats: tuple[str, ...]

    @property
    def part(self) -> parts.PartCheck:
        return parts.linked(f"{self.name}_url", self.types)


FIELDS = {
    "image_urls": _Kind(
        "image",
        6,
        frozenset({"image/jpeg", "image/png", "image/webp"}),
        (".jpg", ".jpeg", ".png", ".webp"),
    ),
    "video_urls": _Kind(
        "video", 3, frozenset({"video/mp4", "video/quicktime", "video/mov"}), (".mp4", ".mov")
    ),
}
_PARTS: dict[str, parts.PartCheck] = {
    "text": parts.text,
    **{f"{kind.name}_url": kind.part for kind in FIELDS.values()},
}


def shown(body: Mapping[str, Any], field: str) -> Sequence[str]:
    """Give the URLs of a field that are looked at."""
    urls: list[str] = body.get(field) or []
    return urls[: FIELDS[field].most]


def media_problems(body: Mapping[str, Any], look_up: LookUp) -> list[Problem]:
    """Give what is wrong with the pictures and videos of a body that is well-formed."""
    found = [
        problem
        for field, kind in FIELDS.items()
        for number, url in enumerate(shown(body, field))
        for problem in _of_url(url, (field, number), kind, look_up)
    ]
    return found or list(_of_messages(body.get("messages") or []))


def _of_url(url: str, loc: _Loc, kind: _Kind, look_up: LookUp) -> Iterator[Problem]:
    if url.startswith(("https://", "http://")):
        try:
            stored = look_up(url)
        except Missing:
            yield _undownloaded(url, loc)
            return
        media_type = stored.content_type if stored else None
    elif url.startswith("data:"):
        data = parse_data_url(url)
        if data is None:
            yield _unloaded(url, loc) if kind.name == "image" else _undownloaded(url, loc)
            return
        media_type = data.media_type
    else:
        yield _undownloaded(url, loc)
        return
    if media_type is not None and media_type not in kind.types:
        said = f"Unsupported {kind.name} format. Supported formats are {', '.join(kind.formats)}"
        context = {"supported_formats": list(kind.formats)}
        yield Problem(loc, said, f"unsupported_{kind.name}_format", url, context)


def _undownloaded(url: str, loc: _Loc) -> Problem:
    said = "Failed to download the file. Please check if the URL is accessible and try again."
    return Problem(loc, said, "file_download_error", url)


def _unloaded(url: str, loc: _Loc) -> Problem:
    said = (
        "Failed to load the image. Please ensure the image file is not corrupted and is in a "
        "supported format."
    )
    return Problem(loc, said, "image_load_error", url)


def _of_messages(messages: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    """Check the parts of earlier messages, which are OpenAI's [assumed], as is this refusal."""
    for number, message in enumerate(messages):
        content = message["content"]
        for place, part in enumerate(content if isinstance(content, list) else []):
            loc = ("messages", number, "content", place)
            try:
                _check_part(part)
            except Flaw as flaw:
                yield Problem(loc, f"Value error, {flaw}", "value_error", part, {"error": {}})


def _check_part(part: Mapping[str, Any]) -> None:
    kind = part.get("type")
    if not isinstance(kind, str) or kind not in _PARTS:
        raise Flaw("type", f"must be one of {', '.join(_PARTS)}, not {kind!r}")
    _PARTS[kind](part, kind)
