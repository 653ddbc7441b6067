"""What a tool offers to a model, and the task that a model's arguments become."""

from pathlib import Path
from typing import Any

import pytest

from seed_core.errors import ConfigurationError, MediaError
from seed_core.videos.inputs import Frame
from seed_core.videos.offering import VideoArguments, check_fixed, offered, task_of, withheld
from seed_core.videos.seedance import SeedanceTask

PICTURE = "https://example.com/a.png"
UUID = "9d5a2e0c-7a5f-4f5e-9d0a-3c0f6a8f3b11"
CAT: dict[str, Any] = {"prompt": "A cat"}


@pytest.mark.parametrize(
    ("arguments", "task"),
    [
        ({}, SeedanceTask(prompt="A cat", size="1280x720")),
        (
            {"duration": "6", "tier": "480p"},
            SeedanceTask(prompt="A cat", size="864x496", duration=6),
        ),
        (
            dict.fromkeys(("aspect_ratio", "first_frame_url", "reference_image_urls")),
            SeedanceTask(prompt="A cat", size="1280x720"),
        ),
        (
            {"aspect_ratio": "1:1", "audio": False},
            SeedanceTask(prompt="A cat", size="960x960", audio=False),
        ),
        (
            {"first_frame_url": f" {PICTURE} ", "tier": "480p"},
            SeedanceTask(prompt="A cat", frame_images=[Frame(PICTURE, "first")], resolution="480p"),
        ),
        (
            {"last_frame_url": UUID, "aspect_ratio": "9:16"},
            SeedanceTask(prompt="A cat", frame_images=[Frame(UUID, "last")], size="720x1280"),
        ),
        (
            {"reference_image_urls": [PICTURE, UUID]},
            SeedanceTask(prompt="A cat", reference_images=[PICTURE, UUID], size="1280x720"),
        ),
    ],
)
def test_a_task_of_arguments(arguments: dict[str, Any], task: SeedanceTask) -> None:
    assert task_of({**CAT, **arguments}) == task
    assert task_of(VideoArguments(**{**CAT, **arguments})) == task


@pytest.mark.parametrize(
    ("fixed", "hidden"),
    [
        ({}, ""),
        ({"duration": 4, "audio": False}, "audio duration"),
        ({"size": "1280x720"}, "aspect_ratio tier"),
        ({"width": 1280, "height": 720}, "aspect_ratio tier"),
        ({"size": None, "width": None}, ""),
        ({"resolution": "480p"}, "aspect_ratio tier"),
        ({"frame_images": [PICTURE]}, "first_frame_url last_frame_url reference_image_urls"),
        ({"first_frame_url": PICTURE}, "first_frame_url reference_image_urls"),
        ({"first_frame_url": None}, "first_frame_url"),
        ({"reference_images": [PICTURE]}, "first_frame_url last_frame_url reference_image_urls"),
        ({"reference_videos": [PICTURE]}, "first_frame_url last_frame_url"),
        ({"results": 2, "output_format": "MOV"}, ""),
    ],
)
def test_what_is_pinned_is_withheld(fixed: dict[str, Any], hidden: str) -> None:
    check_fixed(fixed)
    assert sorted(withheld(fixed)) == hidden.split()
    left = offered(fixed)
    assert list(left.model_fields) == [
        name for name in VideoArguments.model_fields if name not in withheld(fixed)
    ]
    full = VideoArguments.model_json_schema()["properties"]
    for name, field in left.model_json_schema()["properties"].items():
        assert field == full[name]


def test_what_is_pinned_wins() -> None:
    said = {**CAT, "duration": 99, "aspect_ratio": "1:1", "tier": "8k", "first_frame_url": "no"}
    fixed = {"duration": 4, "size": "864x496", "reference_images": [PICTURE], "results": 2}
    task = task_of(said, fixed)
    assert (task.duration, task.dimensions, task.results) == (4, (864, 496), 2)
    assert task.reference_images == (PICTURE,)


def test_what_is_pinned_may_be_local(tmp_path: Path) -> None:
    picture = tmp_path / "a.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n")
    assert len(task_of(CAT, {"frame_images": [picture]}).frames) == 1


def test_a_pinned_resolution_goes_with_the_frames_of_the_model() -> None:
    fixed = {"resolution": "480p"}
    assert task_of({**CAT, "first_frame_url": PICTURE}, fixed).resolution == "480p"
    with pytest.raises(ConfigurationError, match="goes with frame_images= alone"):
        task_of(CAT, fixed)


@pytest.mark.parametrize(
    ("fixed", "words"),
    [
        ({"prompt": "A cat", "z": 1}, "has no prompt, z; there are aspect_ratio"),
        ({"teir": "480p"}, "has no teir; did you mean 'tier'. there are aspect_ratio"),
        ({"results": 0}, "results="),
        ({"tier": "4k"}, "tier="),
        ({"reference_images": [PICTURE] * 10}, "^reference_images are 10; the model takes 9"),
        ({"frame_images": [PICTURE], "reference_images": [PICTURE]}, "excludes"),
        ({"model": "a:b@c"}, "not known here"),
    ],
)
def test_what_cannot_be_pinned(fixed: dict[str, Any], words: str) -> None:
    with pytest.raises((ConfigurationError, MediaError), match=words):
        check_fixed(fixed)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"prompt": None}, "prompt: Input should be a valid string"),
        ({"duration": 3}, "duration: Input should be greater than or equal to 4, not '3'"),
        ({"duration": 4.5}, "fractional"),
        ({"seed": 7}, "seed: Extra inputs are not permitted$"),
        ({"first_frame_url": "a.png"}, "first_frame_url takes an http.*not 'a.png'"),
        ({"first_frame_url": "ftp://example.com/a.png"}, "local files cannot be read here"),
        ({"reference_image_urls": PICTURE}, "should be a valid list"),
        ({"reference_image_urls": ["~/a.png"]}, "reference_image_urls takes"),
        ({"last_frame_url": PICTURE, "reference_image_urls": [PICTURE]}, "exclude"),
        ({"reference_image_urls": [PICTURE] * 10}, "^reference_image_urls are 10; the model takes"),
        ({"prompt": "x" * 10_001}, "at most 10000 characters, not '(x){60}'"),
    ],
)
def test_arguments_that_cannot_be(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises((ConfigurationError, MediaError), match=words) as caught:
        task_of({**CAT, **arguments})
    assert "\n" not in str(caught.value)


def test_a_missing_prompt_is_said() -> None:
    with pytest.raises(ConfigurationError, match=r"^prompt: Field required$"):
        task_of({})
