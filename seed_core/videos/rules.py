"""What the host takes for a video, as data, and the check of a task against it.

Sizes, durations and counts are those of Seedance 2.0 Mini. Of other models they are not known here
and are left to the host; what excludes what, and what goes only together, is checked for all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seed_core.capabilities import size_of
from seed_core.errors import ConfigurationError, MediaError
from seed_core.types import Image
from seed_core.videos.inputs import Frame, is_url
from seed_core.videos.ranges import of_type, one_of, whole
from seed_core.videos.sizes import MINI, TIERS, check_size

if TYPE_CHECKING:
    from seed_core.videos.seedance import SeedanceTask

FORMATS = ("MP4", "WEBM", "MOV")
SAFETY_MODES = ("none", "fast", "full")
_MODEL = re.compile(r"[\w.-]+:[\w.-]+@[\w.-]+")


@dataclass(frozen=True, slots=True)
class Limits:
    """How many references a task may have. Give other numbers where the host takes more.

    The model's page has no such numbers. These are those of the Seedance 2.0 family at other hosts
    [assumed]. A frame has no limit of its own there, so `image_bytes` is for references.

    Raises:
        ConfigurationError: a limit is no number.

    Attributes:
        images: reference images.
        videos: reference videos.
        audios: reference audios.
        together: references of all kinds.
        image_bytes: bytes of a local reference image.
        audio_alone: whether audio may be the only reference.
    """

    images: int = 9
    videos: int = 3
    audios: int = 3
    together: int = 12
    image_bytes: int = 30_000_000
    audio_alone: bool = False

    def __post_init__(self) -> None:
        """Limits are numbers."""
        for name in ("images", "videos", "audios", "together", "image_bytes"):
            whole(name, getattr(self, name), 0, None)


def check_task(task: SeedanceTask) -> None:
    """Refuse what the host would refuse.

    Raises:
        ConfigurationError: a value is out of its range, or does not go with another.
        MediaError: there are too many inputs, or one is too large.
    """
    mini = task.model == MINI
    if not _MODEL.fullmatch(task.model):
        raise ConfigurationError(f"model= takes an id such as {MINI!r}, not {task.model!r}")
    _check_prompt(task.prompt, mini=mini)
    _check_structure(task)
    _check_frames(task.frames, mini=mini)
    if mini:
        check_size(task.dimensions)
        _check_references(task)
        one_of("resolution", task.resolution, TIERS)
        whole("duration", task.duration, 4, 15)
    of_type("duration", task.duration, int)
    whole("results", task.results, 1, 4 if mini else None)
    # What follows is the platform's, and the same for all models.
    one_of("output_format", task.output_format, FORMATS)
    one_of("safety_mode", task.safety_mode, SAFETY_MODES)
    if task.output_quality is not None:
        whole("output_quality", task.output_quality, 20, 99)
    if task.ttl is not None:
        whole("ttl", task.ttl, 60, None)
    for name in ("webhook_url", "upload_endpoint"):
        said = getattr(task, name)
        # Not shown: such addresses carry tokens.
        if said is not None and not (isinstance(said, str) and is_url(said)):
            raise ConfigurationError(f"{name}= takes an address that begins with https://")
    # The flows match results by the one and count them by the other.
    if "taskUUID" in task.extra or "numberResults" in task.extra:
        msg = "extra= takes neither taskUUID, which is given when it is sent, nor numberResults"
        raise ConfigurationError(f"{msg}, which is results=")


def _check_prompt(prompt: str, *, mini: bool) -> None:
    """A prompt is some text; that of Mini has a length."""
    if not prompt:
        raise ConfigurationError("prompt= takes the text that describes the video")
    if mini and not 2 <= len(prompt) <= 10_000:
        msg = f"the prompt has {len(prompt)} characters; the model takes 2 to 10000"
        raise ConfigurationError(msg)


def _check_structure(task: SeedanceTask) -> None:
    """What excludes what: the decision table of the page, for all models."""
    sized = task.width is not None
    framed = bool(task.frame_images)
    referring = bool(task.reference_images or task.reference_videos or task.reference_audios)
    if framed and referring:
        msg = "frame_images= excludes reference_images=, reference_videos= and reference_audios="
        raise ConfigurationError(msg)
    if task.resolution is not None and sized:
        raise ConfigurationError("resolution= excludes width= and height=; say one of them")
    if task.resolution is not None and not framed:
        msg = (
            "resolution= goes with frame_images= alone; without frames say "
            "aspect_ratio='16:9' and tier='480p' or '720p'"
        )
        raise ConfigurationError(msg)
    if not framed and not sized:
        why = "with references" if referring else "without frame_images="
        msg = f"{why} a video needs its size: width= and height=, size= or aspect_ratio='16:9'"
        raise ConfigurationError(msg)


def _check_frames(frames: Sequence[Frame], *, mini: bool) -> None:
    """At most a first and a last one, said in one form."""
    placed = [frame for frame in frames if frame.position is not None]
    # The page gives two forms for the whole list [assumed: not mixed].
    if placed and len(placed) < len(frames):
        msg = "frame_images= has frames with and without a position; say it for all or for none"
        raise ConfigurationError(msg)
    if not mini:
        return
    # The model has a first and a last frame and nothing between them [assumed].
    if len(frames) > 2:
        msg = f"frame_images= has {len(frames)} frames; the model takes a first and a last one"
        raise MediaError(msg)
    if len(placed) == 2 and placed[0].is_last == placed[1].is_last:
        which = "last" if placed[0].is_last else "first"
        raise ConfigurationError(f"frame_images= has two {which} frames; the model takes one")


def _check_references(task: SeedanceTask) -> None:
    """As many references as the model takes, as far as that is known."""
    limits = task.limits
    counts = {
        "reference_images": (len(task.reference_images), limits.images),
        "reference_videos": (len(task.reference_videos), limits.videos),
        "reference_audios": (len(task.reference_audios), limits.audios),
    }
    counts["the references together"] = (sum(n for n, _ in counts.values()), limits.together)
    for name, (count, most) in counts.items():
        if count > most:
            msg = (
                f"{name} are {count}; the model takes {most} (limits=Limits(...) for another limit)"
            )
            raise MediaError(msg)
    seen = task.reference_images or task.reference_videos
    if task.reference_audios and not seen and not limits.audio_alone:
        msg = "reference_audios= alone is refused; add a reference image or video"
        raise ConfigurationError(msg)
    for picture in task.reference_images:
        size = size_of(picture.source) if isinstance(picture, Image) else None
        if size is not None and size > limits.image_bytes:
            msg = (
                f"a reference image has {size:,} bytes; the model takes {limits.image_bytes:,} "
                "(make it smaller, or limits=Limits(image_bytes=...))"
            )
            raise MediaError(msg)
