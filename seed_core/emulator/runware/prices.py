"""The model's sizes and what a second of video costs, from the tables of its page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["SIZES", "count", "price", "seconds", "size", "total"]

Size = tuple[int, int]
SIZES: Mapping[Size, str] = {
    (864, 496): "480p",
    (752, 560): "480p",
    (640, 640): "480p",
    (560, 752): "480p",
    (496, 864): "480p",
    (992, 432): "480p",
    (1280, 720): "720p",
    (1112, 834): "720p",
    (960, 960): "720p",
    (834, 1112): "720p",
    (720, 1280): "720p",
    (1470, 630): "720p",
}
"""The pairs of width and height, and the row of the price table that each is in."""
_RATES = {"480p": 0.036, "720p": 0.081}
_RATES_FROM_VIDEO = {"480p": 0.043, "720p": 0.096}
_WIDE = {"480p": (864, 496), "720p": (1280, 720)}
_RESOLUTION, _SECONDS, _RESULTS = "720p", 5, 1


def size(task: Mapping[str, Any]) -> Size:
    """Give the size of the video.

    The host takes the shape from the first frame; here no frame is looked into, and it is 16:9.
    """
    if "width" in task:
        return int(task["width"]), int(task["height"])
    return _WIDE[task.get("resolution", _RESOLUTION)]


def seconds(task: Mapping[str, Any]) -> int:
    """Give the length of the video."""
    return int(task.get("duration", _SECONDS))


def count(task: Mapping[str, Any]) -> int:
    """Give how many results there will be."""
    return int(task.get("numberResults", _RESULTS))


def price(task: Mapping[str, Any]) -> float:
    """Give the price of one result, in USD; a reference video makes it video to video [assumed]."""
    from_video = "referenceVideos" in task.get("inputs", {})
    rates = _RATES_FROM_VIDEO if from_video else _RATES
    return round(rates[SIZES[size(task)]] * seconds(task), 6)


def total(task: Mapping[str, Any]) -> float:
    """Give the price of all results, in USD."""
    return round(price(task) * count(task), 6)
