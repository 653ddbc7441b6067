"""How large a video is: the sizes of Seedance 2.0 Mini, and the ways in which one is said."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TypeAlias

from seed_core.errors import ConfigurationError
from seed_core.videos.ranges import one_of, whole

MINI = "bytedance:seedance@2.0-mini"
Size: TypeAlias = tuple[int, int]

SIZES: Mapping[tuple[str, str], Size] = {
    ("480p", "16:9"): (864, 496),
    ("480p", "4:3"): (752, 560),
    ("480p", "1:1"): (640, 640),
    ("480p", "3:4"): (560, 752),
    ("480p", "9:16"): (496, 864),
    ("480p", "21:9"): (992, 432),
    ("720p", "16:9"): (1280, 720),
    ("720p", "4:3"): (1112, 834),
    ("720p", "1:1"): (960, 960),
    ("720p", "3:4"): (834, 1112),
    ("720p", "9:16"): (720, 1280),
    ("720p", "21:9"): (1470, 630),
}
"""Width and height in pixels, by tier and aspect ratio."""

TIERS = ("480p", "720p")
_SIZE = re.compile(r"\s*(\d{1,5})\s*[xX*]\s*(\d{1,5})\s*")


def settle_size(
    width: int | None,
    height: int | None,
    size: str | None,
    aspect_ratio: str | None,
    tier: str | None,
    model: str,
) -> Size | None:
    """The width and height that were said, in whatever way.

    Raises:
        ConfigurationError: half of a pair, a text that is no size, or two ways that disagree.

    Example:
        >>> settle_size(None, None, None, "9:16", "480p", MINI)
        (496, 864)
    """
    said: dict[str, Size] = {}
    if width is not None and height is not None:
        for name, pixels in (("width", width), ("height", height)):
            whole(name, pixels, 1, None)
        said["width= and height="] = (width, height)
    elif width is not None or height is not None:
        raise ConfigurationError("width= and height= go together; say both, or size='1280x720'")
    if size is not None:
        said["size="] = _read_size(size)
    if aspect_ratio is not None:
        said["aspect_ratio="] = _by_ratio(aspect_ratio, tier, model)
    elif tier is not None:
        msg = "tier= goes with aspect_ratio='16:9'; with frame_images= alone say resolution="
        raise ConfigurationError(msg)
    if len(set(said.values())) > 1:
        told = ", ".join(f"{name} {wide}x{high}" for name, (wide, high) in said.items())
        raise ConfigurationError(f"the size is said in ways that disagree: {told}; say it once")
    return next(iter(said.values()), None)


def tier_of(size: Size | None, resolution: str | None) -> str | None:
    """The tier by which a task of Mini is billed: that of its size, or that of its frames."""
    if size is None:
        return resolution or "720p"
    return next((tier for (tier, _), known in SIZES.items() if known == size), None)


def _read_size(text: object) -> Size:
    """`1280x720` in pixels."""
    found = _SIZE.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ConfigurationError(f"size= takes width and height as '1280x720', not {text!r}")
    size = int(found[1]), int(found[2])
    whole("size", min(size), 1, None)
    return size


def _by_ratio(ratio: str, tier: str | None, model: str) -> Size:
    """The size of an aspect ratio in a tier; 720p is the page's own default."""
    if model != MINI:
        msg = f"the sizes of {model} are not known here; say width= and height= for aspect_ratio="
        raise ConfigurationError(msg)
    one_of("tier", tier or "720p", TIERS)
    one_of("aspect_ratio", ratio, [known for tier, known in SIZES if tier == "720p"])
    return SIZES[tier or "720p", ratio]


def _nearest(size: Size) -> str:
    """The three sizes that are most like one, by shape first."""
    wanted = size[0] / size[1], size[0] * size[1]

    def distance(known: Size) -> float:
        shape = math.log(known[0] / known[1] / wanted[0])
        return 4 * abs(shape) + abs(math.log(known[0] * known[1] / wanted[1]))

    return ", ".join(f"{wide}x{high}" for wide, high in sorted(SIZES.values(), key=distance)[:3])


def check_size(size: Size | None) -> None:
    """One of the sizes of Mini."""
    if size is not None and size not in SIZES.values():
        msg = f"the model has no size {size[0]}x{size[1]}; the nearest are {_nearest(size)}"
        raise ConfigurationError(msg)
