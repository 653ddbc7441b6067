"""A video to be made by Seedance, as a value that is checked when it is made.

Example:
    >>> SeedanceTask(prompt="A cat walks", aspect_ratio="16:9", duration=4).estimate().usd
    0.324
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from functools import partial
from typing import Any, cast

from seed_core.events import Cost
from seed_core.types import Image
from seed_core.videos.inputs import (
    Frame,
    ImageInput,
    RemoteInput,
    as_leaf,
    read_image,
    read_many,
    read_remote,
)
from seed_core.videos.ranges import of_type
from seed_core.videos.rules import Limits, check_task
from seed_core.videos.sizes import MINI, Size, settle_size, tier_of


@dataclass(frozen=True, slots=True)
class SecondPrice:
    """One row: what a second of a model's video costs.

    Attributes:
        model: the model's id.
        tier: the tier of the video's size.
        usd: USD per second, made from text or pictures.
        from_video: USD per second, made from reference videos as well.
        source: where the numbers stand.
        date: when they were read there.
    """

    model: str
    tier: str
    usd: float
    from_video: float
    source: str
    date: str


_PAGE = "Runware's page of Seedance 2.0 Mini"
PRICES = (
    SecondPrice(MINI, "480p", 0.036, 0.043, _PAGE, "2026-09-28"),
    SecondPrice(MINI, "720p", 0.081, 0.096, _PAGE, "2026-09-28"),
)
_PRICED = {"model", "width", "height", "resolution", "duration", "numberResults", "inputs"}
"""Fields of the wire by which a task is priced."""

_TYPES: Mapping[str, type] = {
    "prompt": str,
    "model": str,
    "audio": bool,
    "include_cost": bool,
    "limits": Limits,
    "extra": Mapping,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedanceTask:
    """What is to be made, and from what.

    The size is needed unless there are frames, which give it their shape. For other models of the
    family than Mini, sizes, durations and counts are left to the host.

    Attributes:
        prompt: what is to be seen and heard; 2 to 10000 characters.
        width, height: the size in pixels, one of the twelve of `sizes.SIZES`.
        size: the same as one text, "1280x720".
        aspect_ratio, tier: the same by shape ("16:9") and "480p" or "720p" (the default).
        resolution: "480p" or "720p", with frames alone; None for the host's default, 720p.
        duration: seconds, 4 to 15.
        results: how many videos, 1 to 4. Each is billed.
        frame_images: the first frame, or the first and the last; `Frame` says which is which.
        reference_images: pictures of what is to be seen, by id, address, path or bytes.
        reference_videos, reference_audios: clips and sounds, by id or address alone.
        audio: whether there is sound.
        output_format: "MP4", "WEBM" or "MOV".
        output_quality: 20 to 99; None for the host's default, 95.
        ttl: seconds for which the result is kept, 60 or more; None for the host's default.
        check_content, safety_mode: whether and how ("none", "fast", "full") content is checked.
        webhook_url: where the host posts results. It has no signature: put a token in the query.
        upload_endpoint: where the host puts the finished file.
        include_cost: whether the host says what it cost.
        model: the model's id.
        limits: how many references are taken; not known for certain, so it can be changed.
        extra: fields of the host's task, last word, untouched.

    Raises:
        ConfigurationError: a value is out of its range, or does not go with another.
        MediaError: an input is missing, of the wrong kind, too large, or one too many.

    Example:
        >>> SeedanceTask(prompt="She turns", frame_images=["https://example.com/a.png"]).duration
        5
    """

    prompt: str
    width: int | None = None
    height: int | None = None
    size: InitVar[str | None] = None
    aspect_ratio: InitVar[str | None] = None
    tier: InitVar[str | None] = None
    resolution: str | None = None
    duration: int = 5
    results: int = 1
    frame_images: Sequence[Frame | ImageInput] = ()
    reference_images: Sequence[ImageInput] = ()
    reference_videos: Sequence[RemoteInput] = ()
    reference_audios: Sequence[RemoteInput] = ()
    audio: bool = True
    output_format: str = "MP4"
    output_quality: int | None = None
    ttl: int | None = None
    check_content: bool | None = None
    safety_mode: str | None = None
    webhook_url: str | None = field(default=None, repr=False)
    upload_endpoint: str | None = field(default=None, repr=False)
    include_cost: bool = True
    model: str = MINI
    limits: Limits = field(default_factory=Limits, repr=False)
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self, size: str | None, aspect_ratio: str | None, tier: str | None) -> None:
        """Settle the size, read the inputs, and check all of it."""
        for name, kind in _TYPES.items():
            of_type(name, getattr(self, name), kind)
        if self.check_content is not None:
            of_type("check_content", self.check_content, bool)
        found = settle_size(self.width, self.height, size, aspect_ratio, tier, self.model)
        readers: dict[str, Callable[[Any], object]] = {
            "frame_images": _frame,
            "reference_images": partial(read_image, what="a reference image"),
            "reference_videos": partial(read_remote, what="a reference video"),
            "reference_audios": partial(read_remote, what="a reference audio"),
        }
        settled: dict[str, Any] = {
            name: read_many(getattr(self, name), name, read) for name, read in readers.items()
        }
        settled["extra"] = dict(self.extra)
        if found is not None:
            settled["width"], settled["height"] = found
        for name, value in settled.items():
            object.__setattr__(self, name, value)
        check_task(self)

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The frames, as they were read."""
        return cast("tuple[Frame, ...]", self.frame_images)

    @property
    def dimensions(self) -> Size | None:
        """Width and height in pixels, if they were said."""
        return None if self.width is None or self.height is None else (self.width, self.height)

    def estimate(self) -> Cost | None:
        """What all results cost in USD by the price table, or None where it has no row.

        A task with reference videos is taken for "video to video" [assumed], and only what is made
        for billed, not the clips that it is made from [assumed].
        """
        tier = tier_of(self.dimensions, self.resolution)
        for price in PRICES:
            if (price.model, price.tier) == (self.model, tier) and not _PRICED & self.extra.keys():
                second = price.from_video if self.reference_videos else price.usd
                return Cost(round(second * self.duration * self.results, 6), "estimated")
        return None

    def body(self, task_uuid: str) -> dict[str, Any]:
        """The task as the host takes it. Leaves may be `Splice`: local media.

        Args:
            task_uuid: a UUID (version 4) of its own, by which it is asked about.
        """
        optional = {
            "width": self.width,
            "height": self.height,
            "resolution": self.resolution,
            "outputQuality": self.output_quality,
            "ttl": self.ttl,
            "webhookURL": self.webhook_url,
            "uploadEndpoint": self.upload_endpoint,
            "safety": _said({"checkContent": self.check_content, "mode": self.safety_mode}) or None,
            "inputs": self._inputs() or None,
        }
        return {
            "taskType": "videoInference",
            "taskUUID": task_uuid,
            "model": self.model,
            "positivePrompt": self.prompt,
            "duration": self.duration,
            "numberResults": self.results,
            "settings": {"audio": self.audio},
            "deliveryMethod": "async",
            "outputType": "URL",
            "outputFormat": self.output_format,
            "includeCost": self.include_cost,
            **_said(optional),
            **self.extra,
        }

    def _inputs(self) -> dict[str, Any]:
        """What it is made from, as the host takes it."""
        images = cast("Sequence[str | Image]", self.reference_images)
        lists = {
            "frameImages": [_placed(frame) for frame in self.frames],
            "referenceImages": [as_leaf(picture) for picture in images],
            "referenceVideos": list(self.reference_videos),
            "referenceAudios": list(self.reference_audios),
        }
        return {name: items for name, items in lists.items() if items}


def _frame(said: Any) -> Frame:
    """A frame, or a picture as one without a position."""
    return said if isinstance(said, Frame) else Frame(said)


def _placed(frame: Frame) -> Any:
    """A frame as the host takes it: an object where it has a position."""
    leaf = as_leaf(cast("str | Image", frame.image))
    return leaf if frame.position is None else {"image": leaf, "frame": frame.position}


def _said(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that were said: None is "not said"."""
    return {name: value for name, value in fields.items() if value is not None}
