"""The parameters of each task: which there are, what they must be, and which belong together.

From the model's page. Its field table calls width and height required, its section on validation
does not with frames: the latter holds. The first thing that is wrong is told, and no other
[assumed].
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from seed_core.emulator.checks import boolean, each, integer, mapping, one_of, string
from seed_core.emulator.runware.errors import Rejected, incompatible, invalid, missing
from seed_core.emulator.runware.inputs import REFERENCES, check_inputs
from seed_core.emulator.runware.media import LookUp, is_url
from seed_core.emulator.runware.prices import SIZES
from seed_core.emulator.runware.rules import Rule, Rules, check_all, check_required, whole

__all__ = ["check_media_ident", "check_parameters", "check_video"]

_UUID4 = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE
)


def _prompt(value: Any) -> str | None:
    fits = isinstance(value, str) and 2 <= len(value) <= 10_000
    return None if fits else "must be a string of 2 to 10000 characters"


def _uri(value: Any) -> str | None:
    return None if is_url(value) else "must be a URI"


def _uuid4(value: Any) -> str | None:
    fits = isinstance(value, str) and _UUID4.fullmatch(value)
    return None if fits else "must be a UUID v4"


# An empty list is refused: what is meant is to leave the parameter out [assumed].
_STRINGS = Rule(each(string(shortest=1), least=1), "array")
_VIDEO: Rules = {
    "taskType": Rule(string()),
    "taskUUID": Rule(_uuid4),
    "model": Rule(string()),
    "positivePrompt": Rule(_prompt, limits={"min": 2, "max": 10_000}),
    "width": Rule(integer(1), "integer"),
    "height": Rule(integer(1), "integer"),
    "resolution": Rule(one_of("480p", "720p")),
    "duration": whole(4, 15),
    "numberResults": whole(1, 4),
    "outputType": Rule(one_of("URL")),
    "outputFormat": Rule(one_of("MP4", "WEBM", "MOV")),
    "outputQuality": whole(20, 99),
    "deliveryMethod": Rule(one_of("async")),
    "webhookURL": Rule(_uri),
    "uploadEndpoint": Rule(_uri),
    "safety": {
        "checkContent": Rule(boolean, "boolean"),
        "mode": Rule(one_of("none", "fast", "full")),
    },
    "ttl": whole(60),
    "includeCost": Rule(boolean, "boolean"),
    # Not on the model's page, but among the SDK's parameters of every model.
    "routing": Rule(mapping, "object"),
    "settings": {"audio": Rule(boolean, "boolean")},
    "inputs": {
        "frameImages": Rule(each(lambda _: None, least=1, most=2), "array"),
        **dict.fromkeys(REFERENCES, _STRINGS),
    },
}
_OTHERS: Mapping[str, Rules] = {
    # Any text may be asked for: an id that is unknown is no error.
    "getResponse": {"taskType": Rule(string()), "taskUUID": Rule(string())},
    "imageUpload": {
        "taskType": Rule(string()),
        "taskUUID": Rule(_uuid4),
        "image": Rule(string(shortest=1)),
    },
    "mediaStorage": {
        "taskType": Rule(string()),
        "taskUUID": Rule(_uuid4),
        "operation": Rule(one_of("upload", "delete")),
        "media": Rule(string(shortest=1)),
    },
}


def check_media_ident(task: Mapping[str, Any]) -> None:
    """Refuse a task that names a file by something else than its UUID."""
    if said := _uuid4(task["media"]):
        raise invalid("media", said, "string")


def check_parameters(task: Mapping[str, Any]) -> None:
    """Check the parameters of any task but the making of a video; all of them are required."""
    rules = _OTHERS[task["taskType"]]
    check_all(task, rules)
    check_required(task, tuple(rules))


def check_video(task: Mapping[str, Any], models: Sequence[str], look_up: LookUp) -> None:
    """Check the parameters of a video: each alone, then together, then the media."""
    check_all(task, _VIDEO)
    check_required(task, ("taskUUID", "model", "positivePrompt"))
    if task["model"] not in models:
        message = f"The model {task['model']!r} does not exist."
        raise Rejected("unknownModel", message, "model", "string")
    inputs: Mapping[str, Any] = task.get("inputs", {})
    _check_together(task, inputs)
    check_inputs(inputs, look_up)


def _check_together(task: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
    """Go through the table of what may stand beside what."""
    framed, sized = "frameImages" in inputs, [x for x in ("width", "height") if x in task]
    references = [f"inputs.{name}" for name in REFERENCES if name in inputs]
    if framed and references:
        raise incompatible("inputs.frameImages", *references)
    if len(sized) == 1:
        raise missing("height" if sized == ["width"] else "width", "integer")
    if sized and "resolution" in task:
        raise incompatible("resolution", "width", "height")
    if "resolution" in task and not framed:
        raise missing("inputs.frameImages", "array")
    if not framed and not sized:
        message = (
            "Missing dimension parameters. Either width and height, or inputs.frameImages must be "
            "provided."
        )
        about = ("width", "height", "inputs.frameImages")
        raise Rejected("missingDimensionParameters", message, about, "integer|array")
    if sized and (task["width"], task["height"]) not in SIZES:
        known = ", ".join(f"{width}x{height}" for width, height in SIZES)
        message = f"Unsupported dimensions {task['width']}x{task['height']}. Supported: {known}."
        raise Rejected("invalidDimensions", message, ("width", "height"), "integer")
