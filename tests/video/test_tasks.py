"""A task as a value: what it costs, and how it is written."""

import json
import pickle
from copy import deepcopy
from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest

from seed_core.body import encode_json
from seed_core.errors import ConfigurationError
from seed_core.render import render
from seed_core.videos.inputs import Frame
from seed_core.videos.seedance import PRICES
from seed_core.videos.sizes import MINI
from tests.video.asking import OTHER, TASK, task

URL = "https://example.com/a"
OTHER_MODEL = "bytedance:seedance@1.5-pro"

# --- the price ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "usd"),
    [
        ({"size": "864x496", "duration": 4}, 0.144),
        ({"size": "1280x720", "duration": 15}, 1.215),
        ({"size": "864x496", "duration": 4, "reference_videos": [URL]}, 0.172),
        ({"aspect_ratio": "21:9", "reference_videos": [URL]}, 0.48),
        ({"reference_images": [URL]}, 0.405),
        ({"frame_images": [URL]}, 0.405),
        ({"frame_images": [URL], "resolution": "480p"}, 0.18),
        ({"frame_images": [URL], "resolution": "720p", "results": 4}, 1.62),
        ({"frame_images": [URL], "size": "640x640"}, 0.18),
        ({"extra": {"routing": {}}}, 0.405),
    ],
)
def test_an_estimate(fields: dict[str, Any], usd: float) -> None:
    cost = task(**fields).estimate()
    assert cost is not None
    assert (cost.usd, cost.source) == (usd, "estimated")


@pytest.mark.parametrize(
    "fields", [{"model": OTHER_MODEL}, {"extra": {"duration": 9}}, {"extra": {"inputs": {}}}]
)
def test_what_the_table_does_not_know_has_no_price(fields: dict[str, Any]) -> None:
    assert task(**fields).estimate() is None


def test_prices_say_where_and_when_they_were_read() -> None:
    assert all(price.source and price.date for price in PRICES)
    assert {(price.tier, price.usd, price.from_video) for price in PRICES} == {
        ("480p", 0.036, 0.043),
        ("720p", 0.081, 0.096),
    }


# --- the body -------------------------------------------------------------------------------------


def test_a_plain_task() -> None:
    assert task().body(TASK) == {
        "taskType": "videoInference",
        "taskUUID": TASK,
        "model": MINI,
        "positivePrompt": "A cat walks",
        "width": 1280,
        "height": 720,
        "duration": 5,
        "numberResults": 1,
        "settings": {"audio": True},
        "deliveryMethod": "async",
        "outputType": "URL",
        "outputFormat": "MP4",
        "includeCost": True,
    }


def test_a_task_with_all_that_can_be_said() -> None:
    full = task(
        frame_images=[Frame(URL, "first"), Frame(b"\x89PNG\r\n\x1a\n", "last")],
        resolution="480p",
        duration=15,
        results=4,
        audio=False,
        output_format="WEBM",
        output_quality=20,
        ttl=60,
        check_content=True,
        safety_mode="full",
        webhook_url="https://a.example/hook?t=1",
        upload_endpoint="https://a.example/put",
        include_cost=False,
        extra={"routing": {"a": 1}, "settings": {"audio": True, "more": 1}},
    )
    written = json.loads(b"".join(render(encode_json(full.body(TASK)))))
    assert written == {
        "taskType": "videoInference",
        "taskUUID": TASK,
        "model": MINI,
        "positivePrompt": "A cat walks",
        "resolution": "480p",
        "duration": 15,
        "numberResults": 4,
        "inputs": {
            "frameImages": [
                {"image": URL, "frame": "first"},
                {"image": "data:image/png;base64,iVBORw0KGgo=", "frame": "last"},
            ]
        },
        "settings": {"audio": True, "more": 1},
        "deliveryMethod": "async",
        "outputType": "URL",
        "outputFormat": "WEBM",
        "outputQuality": 20,
        "ttl": 60,
        "safety": {"checkContent": True, "mode": "full"},
        "includeCost": False,
        "webhookURL": "https://a.example/hook?t=1",
        "uploadEndpoint": "https://a.example/put",
        "routing": {"a": 1},
    }


def test_safety_says_only_what_was_said() -> None:
    assert task(check_content=False).body(TASK)["safety"] == {"checkContent": False}
    assert task(safety_mode="fast").body(TASK)["safety"] == {"mode": "fast"}


# --- a value --------------------------------------------------------------------------------------


def test_a_task_is_a_value() -> None:
    first = task(aspect_ratio="1:1", reference_images=[URL, b"\x89PNG\r\n\x1a\n"])
    for again in (pickle.loads(pickle.dumps(first)), deepcopy(first), replace(first)):
        assert again == first
    assert replace(first, prompt="A dog").dimensions == (960, 960)
    with pytest.raises(FrozenInstanceError):
        first.prompt = "A dog"  # type: ignore[misc]  # that is what is tested
    with pytest.raises(ConfigurationError, match="disagree"):
        replace(first, size="1280x720")


def test_nothing_that_was_given_is_held_or_changed() -> None:
    images, extra = [URL], {"a": 1}
    made = task(reference_images=images, extra=extra)
    images.append(OTHER)
    extra["b"] = 2
    assert made.reference_images == (URL,)
    assert made.extra == {"a": 1}


def test_addresses_with_tokens_and_bytes_are_in_no_repr() -> None:
    shown = repr(
        task(
            webhook_url="https://a.example/?token=secret",
            upload_endpoint="https://a.example/?secret",
            extra={"a": "secret"},
            reference_images=[b"\x89PNG\r\n\x1a\nsecret"],
        )
    )
    assert "secret" not in shown
