"""What a tool of an agent offers to a model, and the task that a model's call asks for.

Of no framework. `fixed` pins values: arguments by their names here, and any other field of
`SeedanceTask`. What is pinned wins, and a model is not offered it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from seed_core.arguments import meant
from seed_core.errors import ConfigurationError, MediaError
from seed_core.videos.inputs import Frame, is_url, is_uuid
from seed_core.videos.seedance import SeedanceTask

AspectRatio: TypeAlias = Literal["16:9", "4:3", "1:1", "3:4", "9:16", "21:9"]
Tier: TypeAlias = Literal["480p", "720p"]

LOOKER = "get_video_status"
"""The name of the tool that asks how a task stands; the words below send a model to it."""

GENERATE = (
    "Make a short video clip, with sound, from a description and, if there are any, from pictures; "
    "wait until it is ready, which takes one to five minutes. Gives the clip's address, its seed, "
    "what it cost and the UUID of its task. Every call makes a new clip and costs money: call it "
    "once for each clip that is wanted. If the wait ends before the clip is ready, it is still "
    f"being made and paid for: do not call this again, but {LOOKER} with the UUID."
)
SUBMIT = (
    "Order a short video clip, with sound, from a description and, if there are any, from "
    "pictures; do not wait for it. Gives the UUID of its task at once. The clip takes one to five "
    f"minutes: ask for it by {LOOKER} with the UUID. Every call orders a new clip and costs money: "
    "call it once for each clip that is wanted."
)
LOOK = (
    "Tell how a video clip stands that was ordered before, and its address when it is ready. "
    "Costs nothing and makes nothing."
)

_REMOTE = "http(s) address or UUID, never a local path"


class _Strict(BaseModel):
    """What is not known is refused: a model that made up an argument learns of it for free."""

    model_config = ConfigDict(extra="forbid")


class VideoArguments(_Strict):
    """What a model may say of a video. None is "not said"."""

    prompt: str = Field(
        min_length=2,
        max_length=10_000,
        description="What is to be seen and heard: subject, action, camera, style, sound.",
    )
    duration: int = Field(
        5, ge=4, le=15, description="Seconds, 4 to 15. The price grows with each."
    )
    aspect_ratio: AspectRatio | None = Field(
        None, description="The shape. Left out, it is that of the first frame, or else 16:9."
    )
    tier: Tier = Field(
        "720p", description="The size. 480p is smaller and costs less than half of 720p."
    )
    audio: bool = Field(True, description="Whether there is sound.")
    first_frame_url: str | None = Field(
        None, description=f"A picture that the video begins with: {_REMOTE}."
    )
    last_frame_url: str | None = Field(
        None, description=f"A picture that the video ends with: {_REMOTE}."
    )
    reference_image_urls: list[str] | None = Field(
        None,
        description=(
            "Pictures of what is to be seen, such as a person or a product, each by its "
            f"{_REMOTE}. Not together with a first or last frame."
        ),
    )


class LookArguments(_Strict):
    """What a model may say of a task that was ordered before."""

    task_uuid: str = Field(description="The UUID of the task, as it was told when it was ordered.")


_SHAPE = frozenset({"aspect_ratio", "tier"})
_FRAMES = frozenset({"first_frame_url", "last_frame_url"})
_REFERENCES = frozenset({"reference_image_urls"})
_SIZES = ("width", "height", "size", "resolution")
_SETTLED: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(_SIZES, _SHAPE),
    "frame_images": _FRAMES | _REFERENCES,
    **dict.fromkeys(_FRAMES, _REFERENCES),
    **dict.fromkeys(_REFERENCES, _FRAMES),
    "reference_images": _FRAMES | _REFERENCES,
    **dict.fromkeys(("reference_videos", "reference_audios"), _FRAMES),
}
"""Arguments of which nothing is left to say once a field is pinned: it says the same, or excludes
them."""
_FIELDS = {field.name for field in fields(SeedanceTask)} | {"size", "aspect_ratio", "tier"}


def check_fixed(fixed: Mapping[str, Any]) -> None:
    """Refuse to pin what there is not, or what no task can have.

    Raises:
        ConfigurationError: with the names that there are, or with what is wrong.
        MediaError: a pinned input is missing, or one too many.
    """
    known = (_FIELDS | VideoArguments.model_fields.keys()) - {"prompt"}
    unknown = sorted(map(str, fixed.keys() - known))
    if unknown:
        hints = "".join(meant(name, known) for name in unknown)
        msg = f"fixed= has no {', '.join(unknown)}; {hints}there are {', '.join(sorted(known))}"
        raise ConfigurationError(msg)
    trial = {"prompt": "A trial"}
    if fixed.get("resolution") is not None and not withheld(fixed) & _FRAMES:
        trial["first_frame_url"] = "https://example.com/frame.png"  # it goes with frames alone
    task_of(trial, fixed)


def withheld(fixed: Mapping[str, Any]) -> frozenset[str]:
    """The arguments that a model is not offered.

    Example:
        >>> sorted(withheld({"size": "1280x720", "results": 2}))
        ['aspect_ratio', 'tier']
    """
    pinned = VideoArguments.model_fields.keys() & fixed.keys()
    settled = [_SETTLED[name] for name, value in fixed.items() if value and name in _SETTLED]
    return frozenset(pinned).union(*settled)


def offered(fixed: Mapping[str, Any] | None = None) -> type[BaseModel]:
    """`VideoArguments` without what is pinned."""
    hidden = withheld(fixed or {})
    if not hidden:
        return VideoArguments
    left: dict[str, Any] = {
        name: (field.annotation, field)
        for name, field in VideoArguments.model_fields.items()
        if name not in hidden
    }
    return create_model("VideoArguments", __base__=_Strict, **left)


def task_of(
    arguments: Mapping[str, Any] | BaseModel, fixed: Mapping[str, Any] | None = None
) -> SeedanceTask:
    """The task that a model asks for.

    Args:
        arguments: what it said, of `VideoArguments`. What it says of something pinned is not heard.
        fixed: what is pinned; see above.

    Raises:
        ConfigurationError: a value is out of its range, or does not go with another; the words
            are for the model.
        MediaError: there are too many pictures.

    Example:
        >>> task_of({"prompt": "A cat walks", "tier": "480p"}, {"duration": 4}).dimensions
        (864, 496)
    """
    pinned = fixed or {}
    hidden = withheld(pinned)
    said = {name: value for name, value in dict(arguments).items() if name not in hidden}
    try:
        heard = offered(pinned).model_validate(said)
    except ValidationError as error:
        raise ConfigurationError(in_words(error)) from error
    task = _with_pictures({**dict(heard), **pinned})
    if task.get("aspect_ratio") is None and not any(task.get(name) for name in _SIZES):
        tier = task.pop("tier", None)
        framed = bool(task.get("frame_images"))
        task |= {"resolution": tier} if framed else {"aspect_ratio": "16:9", "tier": tier}
    try:
        return SeedanceTask(**task)
    except (ConfigurationError, MediaError) as error:
        if "reference_images" not in pinned:  # a model knows them by their other name
            error.args = (str(error).replace("reference_images", "reference_image_urls"),)
        raise


def in_words(error: ValidationError) -> str:
    """What is wrong with arguments, in a line for a model."""
    words = []
    for one in error.errors(include_url=False, include_context=False):
        where = ".".join(map(str, one["loc"]))
        told = f"{where}: {one['msg']}" if where else one["msg"]
        if one["type"] not in ("missing", "extra_forbidden"):
            told += f", not {str(one['input'])[:60]!r}"
        words.append(told)
    return "; ".join(words)


def _with_pictures(found: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a task, in which pictures by their addresses are frames and references.

    Raises:
        ConfigurationError: one is neither an address nor a UUID; or frames and references are
            there.
    """
    task = {name: value for name, value in found.items() if name not in _FRAMES | _REFERENCES}
    places: tuple[tuple[str, Literal["first", "last"]], ...] = (
        ("first_frame_url", "first"),
        ("last_frame_url", "last"),
    )
    frames = [Frame(_remote(found[name], name), at) for name, at in places if found.get(name)]
    references = found.get("reference_image_urls") or ()
    if frames and references:
        msg = (
            "first_frame_url and last_frame_url exclude reference_image_urls: say one or the other"
        )
        raise ConfigurationError(msg)
    if frames:
        task["frame_images"] = frames
    if references:
        task["reference_images"] = [_remote(one, "reference_image_urls") for one in references]
    return task


def _remote(text: Any, name: str) -> str:
    """What the host can fetch, or holds: nothing of this machine, whatever a model says.

    Raises:
        ConfigurationError: it is neither an address nor a UUID.
    """
    said = str(text).strip()
    if is_url(said) or is_uuid(said):
        return said
    msg = f"{name} takes an http(s) address or the UUID of an upload, not {said[:60]!r}"
    raise ConfigurationError(f"{msg}; local files cannot be read here")
