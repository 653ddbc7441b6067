"""What content parts must be in this wire: a part's URL is a string beside its type.

Knows OpenAI's part types and the video part that hosts of Seed add; which of them a host takes, and
with which fields, is told by its dialect.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seed_core.emulator.chat.flaws import Flaw
from seed_core.emulator.chat.parts import (
    DOCUMENTS,
    IMAGES,
    VIDEOS,
    FieldChecks,
    FileCheck,
    PartCheck,
    check_source,
)
from seed_core.emulator.checks import each, mapping, nullable, one_of, string

__all__ = ["DOCUMENTS", "IMAGES", "PARTS", "SAID", "VIDEOS", "document", "linked"]

_DETAIL: FieldChecks = {"detail": (nullable(one_of("auto", "low", "high", "original")), "detail")}


def linked(
    field: str,
    media_types: frozenset[str],
    fields: FieldChecks | None = None,
    *,
    file: FileCheck | None = None,
) -> PartCheck:
    """A part whose `field` is a URL, as `image_url` is here: a string, where chat has an object.

    `file` checks a `file_id` that stands there instead of a URL (without it any id will do);
    `fields` are checks of the part's further fields.
    """

    def check(part: Mapping[str, Any], where: str) -> None:
        if part.get("file_id") is not None and part.get(field) is None:
            _check_file(part["file_id"], f"{where}.file_id", file)
        else:
            _check_url(part.get(field), f"{where}.{field}", media_types)
        _check_fields(part, where, fields or {})

    return check


def document(fields: FieldChecks | None = None, *, file: FileCheck | None = None) -> PartCheck:
    """An `input_file`: `file_data`, or a `file_url`, or the `file_id` of an upload."""

    def check(part: Mapping[str, Any], where: str) -> None:
        name = next((name for name in _SOURCES if part.get(name) is not None), None)
        if name is None:
            raise Flaw(where, f"needs {', '.join(_SOURCES[:-1])} or {_SOURCES[-1]}", "missing")
        if name == "file_id":
            _check_file(part[name], f"{where}.{name}", file)
        else:
            _check_url(part[name], f"{where}.{name}", DOCUMENTS)
        _check_fields(part, where, {"filename": (nullable(string()), "value"), **(fields or {})})

    return check


def _text(field: str) -> PartCheck:
    """A part that is a text under some name."""

    def check(part: Mapping[str, Any], where: str) -> None:
        if said := string()(part.get(field)):
            raise Flaw(f"{where}.{field}", said)

    return check


def _output_text(part: Mapping[str, Any], where: str) -> None:
    _text("text")(part, where)
    _check_fields(part, where, {"annotations": (nullable(each(mapping)), "value")})


def _check_url(url: Any, where: str, media_types: frozenset[str]) -> None:
    if said := string(shortest=1)(url):
        raise Flaw(where, said, "missing" if url is None else "value")
    check_source(url, where, media_types)


def _check_file(ident: Any, where: str, file: FileCheck | None) -> None:
    if said := string(shortest=1)(ident):
        raise Flaw(where, said)
    if file is not None:
        file(ident, where)


def _check_fields(part: Mapping[str, Any], where: str, fields: FieldChecks) -> None:
    for name, (check, kind) in fields.items():
        if name in part and (said := check(part[name])):
            raise Flaw(f"{where}.{name}", said, kind)


_SOURCES = ("file_data", "file_url", "file_id")
PARTS: Mapping[str, PartCheck] = {
    "input_text": _text("text"),
    "input_image": linked("image_url", IMAGES, _DETAIL),
    "input_file": document(),
}
"""What a message to the model may hold, at OpenAI."""
SAID: Mapping[str, PartCheck] = {"output_text": _output_text, "refusal": _text("refusal")}
"""What a message of the model may hold."""
