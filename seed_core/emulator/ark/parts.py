"""The content parts of Ark, in the forms of its two wires.

From the types of the vendor's SDK: detail and pixel limits on pictures and videos, frames per
second on videos, and the id of an uploaded file wherever there may be a URL.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seed_core.emulator.chat import Flaw, parts
from seed_core.emulator.chat.parts import IMAGES, FieldChecks, FileCheck, PartCheck
from seed_core.emulator.checks import integer, nullable, number, one_of, string
from seed_core.emulator.data_url import decode
from seed_core.emulator.responses import parts as flat

__all__ = ["chat_parts", "response_parts"]

_MEGABYTE = 1024 * 1024
# The container of many films; the others are as everywhere.
_VIDEOS = parts.VIDEOS | {"video/avi", "video/x-msvideo"}
_MOST = {"image_url": 10 * _MEGABYTE, "video_url": 50 * _MEGABYTE, "input_audio": 50 * _MEGABYTE}


def _pixels(value: Any) -> str | None:
    if not isinstance(value, Mapping):
        return "must be an object"
    for name in ("min_pixels", "max_pixels"):
        if name in value and (said := nullable(integer(1))(value[name])):
            return f"has a field {name} that {said}"
    low, high = value.get("min_pixels"), value.get("max_pixels")
    if low is not None and high is not None and low > high:
        return "must not have more min_pixels than max_pixels"
    return None


_LOOK: FieldChecks = {
    "detail": (nullable(one_of("auto", "low", "high", "xhigh")), "detail"),
    "image_pixel_limit": (nullable(_pixels), "pixels"),
}
_WATCH: FieldChecks = {**_LOOK, "fps": (nullable(number(0.2, 5)), "value")}


def chat_parts(file: FileCheck) -> dict[str, PartCheck]:
    """The parts of a chat message; `file` checks the ids of uploads."""
    return {
        "text": parts.text,
        "image_url": _limited(parts.linked("image_url", IMAGES, _LOOK, bare=True, file=file)),
        "video_url": _limited(parts.linked("video_url", _VIDEOS, _WATCH, file=file)),
        "input_audio": _limited(_sound(file)),
        "file": parts.document(file, url=True),
    }


def response_parts(file: FileCheck) -> dict[str, PartCheck]:
    """The parts of a message of Responses."""
    return {
        **flat.PARTS,
        "input_image": _limited(flat.linked("image_url", IMAGES, _LOOK, file=file)),
        "input_video": _limited(flat.linked("video_url", _VIDEOS, _WATCH, file=file)),
        "input_audio": flat.linked("audio_url", frozenset({"audio/mpeg", "audio/wav"}), file=file),
        "input_file": flat.document(file=file),
    }


def _limited(check: PartCheck) -> PartCheck:
    """Refuse what passes a check but weighs too much as base64."""

    def limited(part: Mapping[str, Any], where: str) -> None:
        check(part, where)
        for name, most in _MOST.items():
            data = _inside(part.get(name))
            if not data.startswith("http") and len(data) * 3 // 4 > most:
                raise Flaw(f"{where}.{name}", f"is larger than {most // _MEGABYTE} MB")

    return limited


def _inside(holder: Any) -> str:
    """Give the URL or the data of a part, in chat's form or in that of Responses."""
    if isinstance(holder, Mapping):
        holder = holder.get("url") or holder.get("data")
    return str(holder or "")


def _sound(file: FileCheck) -> PartCheck:
    def check(part: Mapping[str, Any], where: str) -> None:
        place, holder = f"{where}.input_audio", part.get("input_audio")
        if not isinstance(holder, Mapping):
            raise Flaw(place, "must be an object")
        if holder.get("file_id") is not None:
            file(holder["file_id"], f"{place}.file_id")
        elif holder.get("url") is not None:
            if said := string(shortest=1)(holder["url"]):
                raise Flaw(f"{place}.url", said)
        elif not isinstance(holder.get("data"), str) or not decode(holder["data"]):
            raise Flaw(place, "needs url, file_id, or data in base64")
        elif said := string(shortest=1)(holder.get("format")):
            raise Flaw(f"{place}.format", said)

    return check
