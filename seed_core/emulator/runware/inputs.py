"""The media of a video's task: frames at its ends, and references of three kinds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from seed_core.emulator.checks import string
from seed_core.emulator.runware.errors import invalid, missing
from seed_core.emulator.runware.media import IMAGE, LookUp, Source
from seed_core.emulator.runware.rules import Rule, check_all

__all__ = ["REFERENCES", "check_inputs"]

_POSITIONS = {"first": 0, "last": -1}
REFERENCES = {
    "referenceImages": IMAGE,
    "referenceVideos": Source("video", takes_content=False),
    "referenceAudios": Source("audio", takes_content=False),
}
"""How many there may be, how large and how long is not on the page, and is not checked."""


def check_inputs(inputs: Mapping[str, Any], look_up: LookUp) -> None:
    """Check the items of lists that are lists."""
    _check_frames(inputs.get("frameImages", ()), look_up)
    for name, source in REFERENCES.items():
        for value in inputs.get(name, ()):
            _check_media(source, value, f"inputs.{name}", look_up)


def _check_frames(frames: Sequence[Any], look_up: LookUp) -> None:
    """Check the frames: all texts or all objects, one for each end of the video [assumed].

    Without positions they are the first and the last. That the last may stand alone is assumed.
    """
    path, kind = "inputs.frameImages", "array"
    if len({isinstance(frame, str) for frame in frames}) > 1:
        raise invalid(path, "must not hold both strings and objects", kind)
    taken: list[int] = []
    for place, frame in enumerate(frames):
        if isinstance(frame, Mapping):
            _check_frame(frame)
            taken.append(_position(frame["frame"]) if "frame" in frame else -place)
        elif not isinstance(frame, str):
            raise invalid(path, "must hold strings or objects", kind)
        image = frame if isinstance(frame, str) else frame["image"]
        _check_media(IMAGE, image, path, look_up)
    if len(set(taken)) < len(taken):
        raise invalid(path, "must not hold two images for one position", kind)


def _check_frame(frame: Mapping[str, Any]) -> None:
    path = "inputs.frameImages"
    check_all(frame, {"image": Rule(string()), "frame": Rule(_place)}, f"{path}.")
    if "image" not in frame:
        raise missing(f"{path}.image")


def _place(value: Any) -> str | None:
    """Check a position: the page has no quotes on the indices, so they are numbers [assumed]."""
    named = isinstance(value, str) and value in _POSITIONS
    indexed = isinstance(value, int) and not isinstance(value, bool) and value in {0, -1}
    return None if named or indexed else "must be one of first, last, 0, -1"


def _position(value: str | int) -> int:
    return _POSITIONS[value] if isinstance(value, str) else value


def _check_media(source: Source, value: str, path: str, look_up: LookUp) -> None:
    if said := source.problem(value, look_up):
        raise invalid(path, said, "array")
