"""What a task takes, and what it refuses before anything is sent."""

from itertools import product
from typing import Any

import pytest

from seed_core.errors import ConfigurationError, MediaError
from seed_core.videos.inputs import Frame, Uploaded
from seed_core.videos.rules import Limits
from seed_core.videos.seedance import SeedanceTask
from seed_core.videos.sizes import MINI, SIZES
from tests.video.asking import OTHER, TASK, task

URL = "https://example.com/a"
OTHER_MODEL = "bytedance:seedance@1.5-pro"

# --- the decision table ---------------------------------------------------------------------------

REFERENCES = {
    "none": {},
    "images": {"reference_images": [URL]},
    "videos": {"reference_videos": [URL]},
    "images and audios": {"reference_images": [URL], "reference_audios": [URL]},
}
PAIRS: dict[str, dict[str, Any]] = {
    "none": {},
    "both": {"width": 1280, "height": 720},
    "width": {"width": 1280},
    "height": {"height": 720},
}


def verdict(framed: bool, references: str, pair: str, resolution: bool) -> bool:
    """The table of the protocol's page, row by row."""
    if pair in ("width", "height"):
        return False
    if framed:
        return references == "none" and not (pair == "both" and resolution)
    return pair == "both" and not resolution


@pytest.mark.parametrize("model", [MINI, OTHER_MODEL])
@pytest.mark.parametrize(
    ("framed", "references", "pair", "resolution"),
    list(product([False, True], REFERENCES, PAIRS, [False, True])),
)
def test_the_decision_table(
    framed: bool, references: str, pair: str, resolution: bool, model: str
) -> None:
    fields: dict[str, Any] = {"prompt": "A cat", "model": model}
    fields |= {"frame_images": [URL]} if framed else {}
    fields |= REFERENCES[references] | PAIRS[pair]
    fields |= {"resolution": "480p"} if resolution else {}
    if verdict(framed, references, pair, resolution):
        body = SeedanceTask(**fields).body(TASK)
        assert ("inputs" in body) == (framed or references != "none")
        assert ("width" in body) == ("height" in body) == (pair == "both")
        assert ("resolution" in body) == resolution
    else:
        with pytest.raises(ConfigurationError):
            SeedanceTask(**fields)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "without frame_images= a video needs its size"),
        ({"reference_videos": [URL]}, "with references a video needs its size"),
        ({"resolution": "480p"}, "without frames say aspect_ratio"),
        ({"resolution": "480p", "size": "1280x720"}, "resolution= excludes width= and height="),
        ({"width": 1280}, "go together"),
        ({"frame_images": [URL], "reference_audios": [URL]}, "frame_images= excludes"),
    ],
)
def test_what_is_refused_says_what_to_change(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        SeedanceTask(prompt="A cat", **fields)


# --- the size -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("named", "size"), SIZES.items())
def test_each_size_can_be_said_in_three_ways(named: tuple[str, str], size: tuple[int, int]) -> None:
    tier, ratio = named
    wide, high = size
    said = SeedanceTask(prompt="aa", width=wide, height=high)
    assert SeedanceTask(prompt="aa", size=f"{wide}x{high}") == said
    assert SeedanceTask(prompt="aa", aspect_ratio=ratio, tier=tier) == said
    assert task(size=f" {wide} X {high}", width=wide, height=high).dimensions == size
    assert (said.body(TASK)["width"], said.body(TASK)["height"]) == size


def test_there_are_twelve_sizes_and_720p_is_the_default() -> None:
    assert len(set(SIZES.values())) == 12
    assert task(aspect_ratio="9:16").dimensions == (720, 1280)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"size": "1920x1080"}, "no size 1920x1080; the nearest are 1280x720, 864x496, "),
        ({"size": "500x900"}, "the nearest are 496x864, 720x1280, "),
        ({"width": 1000, "height": 1000}, "the nearest are 960x960, "),
        ({"size": "720p"}, "size= takes width and height as '1280x720', not '720p'"),
        ({"size": (1280, 720)}, "size= takes width and height"),
        ({"size": "0x720"}, "size= takes a whole number of 1 or more"),
        ({"width": "1280", "height": 720}, "width= takes a whole number"),
        ({"width": 1280.0, "height": 720}, "width= takes a whole number"),
        ({"width": 1280, "height": True}, "height= takes a whole number"),
        ({"width": -1, "height": 720}, "width= takes a whole number"),
        ({"aspect_ratio": "2:1"}, "aspect_ratio= takes 16:9, 4:3, 1:1, 3:4, 9:16, 21:9, not '2:1'"),
        ({"aspect_ratio": "16:9", "tier": "1080p"}, "tier= takes 480p, 720p, not '1080p'"),
        ({"size": "1280x720", "tier": "480p"}, "tier= goes with aspect_ratio="),
        ({"frame_images": [URL], "tier": "480p"}, "with frame_images= alone say resolution="),
        ({"size": "1280x720", "width": 640, "height": 640}, "disagree: .*640x640.*1280x720"),
        ({"size": "1280x720", "aspect_ratio": "1:1"}, "in ways that disagree"),
        ({"frame_images": [URL], "resolution": "1080p"}, "resolution= takes 480p, 720p"),
    ],
)
def test_a_size_that_is_none_is_refused(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        SeedanceTask(prompt="aa", **fields)


# --- ranges ---------------------------------------------------------------------------------------

TAKEN: list[tuple[str, list[Any], list[Any]]] = [
    ("prompt", ["ab", "a" * 10_000], ["", "a", "a" * 10_001, None, 7]),
    ("duration", [4, 5, 15], [3, 16, 0, 4.0, "5", None, True]),
    ("results", [1, 4], [0, 5, 1.0, None, True]),
    ("output_format", ["MP4", "WEBM", "MOV"], ["mp4", "AVI"]),
    ("output_quality", [20, 99, None], [19, 100, 95.0, True]),
    ("ttl", [60, 10**6, None], [59, -1, 60.5, True]),
    ("safety_mode", ["none", "fast", "full", None], ["slow", "", 1]),
    ("check_content", [True, False, None], ["yes", 1]),
    ("audio", [True, False], [None, 1, "no"]),
    ("include_cost", [True, False], [None, 0]),
    ("webhook_url", ["https://a.example/?t=1", "http://b.example", None], ["a.example", 7, ""]),
    ("upload_endpoint", ["https://a.example/put", None], ["s3://bucket/key", b"https://a"]),
    ("model", [MINI, OTHER_MODEL, "bytedance:2@1"], ["seedance-2.0-mini", "", None]),
    ("limits", [Limits(images=20)], [None, {"images": 20}]),
    ("extra", [{}, {"routing": {}}], [None, [], {"taskUUID": OTHER}, {"numberResults": 2}]),
    ("reference_images", [[], (), [URL], iter([URL])], [URL, b"x", 7, None]),
]


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, good, _ in TAKEN for v in good])
def test_a_value_that_is_taken(name: str, value: Any) -> None:
    assert isinstance(task(**{name: value}), SeedanceTask)


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, _, bad in TAKEN for v in bad])
def test_a_value_that_is_refused(name: str, value: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        task(**{name: value})
    assert name in str(caught.value)


def test_an_address_that_is_refused_is_not_shown() -> None:
    with pytest.raises(ConfigurationError) as caught:
        task(webhook_url="ftp://a.example/?token=secret")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("limits", [{"images": None}, {"together": -1}, {"image_bytes": "many"}])
def test_limits_are_numbers(limits: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(limits))):
        Limits(**limits)


def test_the_numbers_of_other_models_are_left_to_the_host() -> None:
    free = task(
        model=OTHER_MODEL, size="1920x1088", duration=30, results=9, prompt="a", limits=Limits(0)
    )
    assert free.dimensions == (1920, 1088)
    assert free.estimate() is None
    many = task(model=OTHER_MODEL, frame_images=[URL] * 5, resolution="1080p")
    assert len(many.frames) == 5
    assert len(task(model=OTHER_MODEL, reference_images=[URL] * 30).reference_images) == 30


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"aspect_ratio": "16:9"}, "sizes of .* are not known here"),
        ({"prompt": ""}, "prompt="),
        ({"duration": "5"}, "duration="),
        ({"results": 0}, "results="),
        ({"output_quality": 100}, "output_quality="),
        ({"frame_images": [Frame(URL, "first"), URL]}, "with and without a position"),
    ],
)
def test_what_holds_for_all_models(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        task(model=OTHER_MODEL, **fields)


# --- frames and references ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frames", "wire"),
    [
        ([URL], [URL]),
        ([URL, OTHER], [URL, OTHER]),
        ([Frame(URL)], [URL]),
        ([Frame(URL, "first")], [{"image": URL, "frame": "first"}]),
        ([Frame(URL, "last")], [{"image": URL, "frame": "last"}]),
        (
            [Frame(URL, 0), Frame(OTHER, -1)],
            [{"image": URL, "frame": 0}, {"image": OTHER, "frame": -1}],
        ),
        (
            [Frame(URL, "last"), Frame(OTHER, "first")],
            [{"image": URL, "frame": "last"}, {"image": OTHER, "frame": "first"}],
        ),
        ([Uploaded(OTHER)], [OTHER]),
    ],
)
def test_frames_in_both_forms(frames: list[Any], wire: list[Any]) -> None:
    body = task(frame_images=frames).body(TASK)
    assert body["inputs"] == {"frameImages": wire}
    assert "resolution" not in body, "the host's own default is 720p"


@pytest.mark.parametrize(
    ("frames", "kind", "words"),
    [
        ([URL] * 3, MediaError, "has 3 frames"),
        ([Frame(URL, "first"), Frame(URL, 0)], ConfigurationError, "two first frames"),
        ([Frame(URL, -1), Frame(URL, "last")], ConfigurationError, "two last frames"),
        ([Frame(URL, "first"), URL], ConfigurationError, "with and without a position"),
        (URL, ConfigurationError, "frame_images= takes a list"),
    ],
)
def test_frames_that_are_refused(frames: Any, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        task(frame_images=frames)


@pytest.mark.parametrize("position", ["middle", 1, True, False, "0", 0.5])
def test_a_frame_is_first_or_last(position: Any) -> None:
    with pytest.raises(ConfigurationError, match="'first', 'last', 0 or -1"):
        Frame(URL, position)


def test_references_as_the_host_takes_them() -> None:
    full = task(
        reference_images=[URL] * 6, reference_videos=[URL] * 3, reference_audios=[OTHER, URL, URL]
    )
    assert full.body(TASK)["inputs"] == {
        "referenceImages": [URL] * 6,
        "referenceVideos": [URL] * 3,
        "referenceAudios": [OTHER, URL, URL],
    }


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"reference_images": [URL] * 10}, "reference_images are 10; the model takes 9"),
        ({"reference_videos": [URL] * 4}, "reference_videos are 4; the model takes 3"),
        (
            {"reference_images": [URL], "reference_audios": [URL] * 4},
            "reference_audios are 4; the model takes 3",
        ),
        (
            {
                "reference_images": [URL] * 9,
                "reference_videos": [URL] * 3,
                "reference_audios": [URL],
            },
            "together are 13; the model takes 12",
        ),
    ],
)
def test_too_many_references_unless_the_limits_say_otherwise(
    fields: dict[str, Any], words: str
) -> None:
    with pytest.raises(MediaError, match=words):
        task(**fields)
    task(**fields, limits=Limits(99, 99, 99, 99))


def test_audio_is_no_reference_by_itself() -> None:
    with pytest.raises(ConfigurationError, match="alone is refused"):
        task(reference_audios=[URL])
    task(reference_audios=[URL], limits=Limits(audio_alone=True))
    task(reference_audios=[URL], reference_videos=[URL])


def test_a_reference_that_is_too_large() -> None:
    large = b"\x89PNG\r\n\x1a\n" + bytes(100)
    with pytest.raises(MediaError, match="has 108 bytes; the model takes 107"):
        task(reference_images=[large], limits=Limits(image_bytes=107))
    task(reference_images=[large, URL], limits=Limits(image_bytes=108))
    # A frame has no such limit.
    task(frame_images=[large], limits=Limits(image_bytes=107))
