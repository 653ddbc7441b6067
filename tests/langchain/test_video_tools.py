"""The video tools: what a model may say, what becomes of it, and what is told of the video."""

import json
import pickle
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from langchain_core.load import dumps
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import ValidationError

import seed_core
from langchain_seed import SeedanceTool, errors, seedance_tools
from langchain_seed.tools import SeedanceStatusTool, SeedanceSubmitTool
from seed_core.emulator import Emulator, Job
from seed_core.videos.offering import VideoArguments
from tests.langchain.filming import (
    CAT,
    KEY,
    PROCESSING,
    URL,
    WAYS,
    Way,
    at,
    sent,
    submissions,
    use,
)

ways = pytest.mark.parametrize("way", WAYS)


# --- a video --------------------------------------------------------------------------------------


@ways
async def test_a_call_becomes_a_video(emulator: Emulator, way: Way) -> None:
    message = await use(SeedanceTool(**at(emulator)), way, {**CAT, "duration": 4})
    [charge] = emulator.charges
    [video] = message.artifact["videos"]
    assert message.status == "success"
    assert message.artifact == {
        "task_uuid": charge.job,
        "state": "success",
        "progress": None,
        "videos": [
            {
                "url": video["url"],
                "uuid": video["uuid"],
                "seed": video["seed"],
                "cost_usd": charge.usd,
                "nsfw": None,
            }
        ],
        "failures": [],
        "cost_usd": 0.324,
        "cost_source": "reported",
    }
    assert json.loads(json.dumps(message.artifact)) == message.artifact
    assert message.text == (
        f"The video is ready: {video['url']} (seed {video['seed']}). "
        f"Cost: USD 0.324 (reported), task {charge.job}. "
        "The address expires soon: pass it on, or use it, now."
    )


@ways
async def test_a_cost_that_the_host_does_not_report_is_an_estimate(
    emulator: Emulator, way: Way
) -> None:
    tool = SeedanceTool(**at(emulator), fixed={"include_cost": False, "check_content": True})
    message = await use(tool, way, CAT)
    assert "Cost: USD 0.405 (estimated)," in message.text
    assert (message.artifact["cost_usd"], message.artifact["cost_source"]) == (0.405, "estimated")
    assert message.artifact["videos"][0]["cost_usd"] is None
    assert message.artifact["videos"][0]["nsfw"] is False


async def test_what_the_host_finds_unsafe_is_said(emulator: Emulator) -> None:
    told = {"taskUUID": "{taskUUID}", "videoURL": "{videoURL}", "NSFWContent": True}
    emulator.script(Job(statuses=[{"data": [told]}]), host="runware")
    message = await use(SeedanceTool(**at(emulator)), "invoke", CAT)
    assert "marked as unsafe by the host" in message.text
    assert message.artifact["videos"][0]["nsfw"] is True


@ways
async def test_a_text_alone_is_the_prompt(emulator: Emulator, way: Way) -> None:
    tool = SeedanceTool(**at(emulator))
    told = await tool.ainvoke("A cat") if way == "ainvoke" else tool.invoke("A cat")
    assert told.startswith("The video is ready: http")
    assert sent(emulator)["positivePrompt"] == "A cat"


# --- what a model may say -------------------------------------------------------------------------


def test_what_a_model_sees(emulator: Emulator) -> None:
    for tool in seedance_tools(**at(emulator)):
        offered = convert_to_openai_tool(tool)["function"]
        properties = offered["parameters"]["properties"]
        assert offered["name"] == tool.name
        assert all(said["description"] for said in properties.values())
        if tool.name == "get_video_status":
            assert [*properties] == offered["parameters"]["required"] == ["task_uuid"]
            continue
        assert offered["parameters"]["required"] == ["prompt"]
        assert [*properties] == [
            "prompt",
            "duration",
            "aspect_ratio",
            "tier",
            "audio",
            "first_frame_url",
            "last_frame_url",
            "reference_image_urls",
        ]
        assert (properties["duration"]["minimum"], properties["duration"]["maximum"]) == (4, 15)
        assert properties["tier"]["enum"] == ["480p", "720p"]
        assert "costs money" in offered["description"]


SIZED = {"width": 1280, "height": 720}


def at_frame(which: str, url: str = URL) -> dict[str, str]:
    """A frame as it is sent."""
    return {"image": url, "frame": which}


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ({}, {**SIZED, "duration": 5, "settings": {"audio": True}}),
        ({"aspect_ratio": "9:16", "tier": "480p"}, {"width": 496, "height": 864}),
        ({"duration": 15, "audio": False}, {"duration": 15, "settings": {"audio": False}}),
        # The shape of a picture is that of the video, unless the model says another.
        (
            {"first_frame_url": URL, "last_frame_url": URL},
            {
                "resolution": "720p",
                "inputs": {"frameImages": [at_frame("first"), at_frame("last")]},
            },
        ),
        ({"first_frame_url": URL, "aspect_ratio": "1:1"}, {"width": 960, "height": 960}),
        ({"aspect_ratio": None, "first_frame_url": None}, SIZED),
        ({"reference_image_urls": [URL]}, {**SIZED, "inputs": {"referenceImages": [URL]}}),
    ],
)
@pytest.mark.parametrize("kind", [SeedanceTool, SeedanceSubmitTool])
async def test_what_a_model_says_is_what_is_sent(
    emulator: Emulator, kind: Any, said: dict[str, Any], wanted: dict[str, Any]
) -> None:
    await use(kind(**at(emulator)), "invoke", {**CAT, **said})
    task = sent(emulator)
    assert {name: task[name] for name in wanted} == wanted
    assert ("width" in task) != ("resolution" in task)


HERE = Path(__file__)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"duration": 60}, "duration: Input should be less than or equal to 15"),
        ({"prompt": "x"}, "prompt: String should have at least 2 characters"),
        ({"tier": "1080p"}, "tier: Input should be '480p' or '720p'"),
        ({"resolution": "1080p"}, "resolution: Extra inputs are not permitted"),
        ({"image_urls": [URL]}, "image_urls: Extra inputs are not permitted"),
        ({"first_frame_url": str(HERE)}, "first_frame_url takes an http(s) address or the UUID"),
        ({"last_frame_url": HERE.as_uri()}, "last_frame_url takes an http(s) address"),
        ({"last_frame_url": HERE.as_uri()}, "local files cannot be read here"),
        ({"reference_image_urls": ["data:image/png;base64,iVBORw0KGgo="]}, "takes an http(s) add"),
        (
            {"reference_image_urls": ["iVBORw0KGgo"]},
            "reference_image_urls takes an http(s) address",
        ),
        (
            {"first_frame_url": URL, "reference_image_urls": [URL]},
            "first_frame_url and last_frame_url exclude reference_image_urls",
        ),
        ({"first_frame_url": [URL]}, "first_frame_url: Input should be a valid string"),
        ({"reference_image_urls": [URL] * 10}, "reference_image_urls are 10; the model takes 9"),
    ],
)
@ways
async def test_what_a_model_says_wrong_is_told_and_not_sent(
    emulator: Emulator, way: Way, said: dict[str, Any], told: str
) -> None:
    for tool in seedance_tools(**at(emulator))[:2]:
        message = await use(tool, way, {**CAT, **said})
        assert message.status == "error"
        assert message.text.startswith("Nothing was sent, and nothing is charged: ")
        assert told in message.text
    assert emulator.requests == []


@ways
async def test_a_task_is_asked_for_by_its_uuid_only(emulator: Emulator, way: Way) -> None:
    message = await use(SeedanceStatusTool(**at(emulator)), way, {"task_uuid": "the last one"})
    assert message.status == "error"
    assert message.text == "The host could not be asked: 'the last one' is no UUID of a task."
    wrong = await use(SeedanceStatusTool(**at(emulator)), way, {"task": "the last one"})
    assert wrong.status == "error"
    assert "task_uuid: Field required" in wrong.text
    assert "task: Extra inputs are not permitted" in wrong.text
    assert emulator.requests == []


async def test_a_stored_picture_is_named_by_its_uuid(emulator: Emulator) -> None:
    with seed_core.VideoClient(**at(emulator)) as client:
        stored = client.upload(b"\x89PNG\r\n\x1a\n" + bytes(24), mime="image/png")
    await use(SeedanceTool(**at(emulator)), "invoke", {**CAT, "first_frame_url": stored.uuid})
    assert sent(emulator)["inputs"] == {"frameImages": [at_frame("first", stored.uuid)]}


# --- what the user fixes --------------------------------------------------------------------------

FRAMES = {"first_frame_url", "last_frame_url"}


@ways
async def test_what_is_fixed_is_not_offered_and_is_sent(emulator: Emulator, way: Way) -> None:
    fixed = {"tier": "480p", "audio": False, "output_format": "WEBM", "ttl": 90}
    tool = SeedanceTool(**at(emulator), fixed=fixed)
    offered = convert_to_openai_tool(tool)["function"]["parameters"]["properties"]
    assert offered.keys() & {"tier", "audio", "prompt", "duration"} == {"prompt", "duration"}
    message = await use(tool, way, {**CAT, "tier": "720p"})
    assert "tier: Extra inputs are not permitted" in message.text
    await use(tool, way, CAT)
    task = sent(emulator)
    assert (task["width"], task["height"], task["settings"]) == (864, 496, {"audio": False})
    assert (task["outputFormat"], task["ttl"]) == ("WEBM", 90)
    assert submissions(emulator) == 1


@pytest.mark.parametrize(
    ("fixed", "left_out"),
    [
        ({"size": "560x752"}, {"aspect_ratio", "tier"}),
        ({"width": 560, "height": 752}, {"aspect_ratio", "tier"}),
        ({"first_frame_url": URL}, {"first_frame_url", "reference_image_urls"}),
        ({"frame_images": [URL]}, {*FRAMES, "reference_image_urls"}),
        ({"reference_image_urls": [URL]}, {*FRAMES, "reference_image_urls"}),
        ({"reference_videos": [URL]}, FRAMES),
    ],
)
async def test_what_is_fixed_leaves_nothing_to_choose_that_it_excludes(
    emulator: Emulator, fixed: dict[str, Any], left_out: set[str]
) -> None:
    tool = SeedanceTool(**at(emulator), fixed=fixed)
    assert tool.args.keys() == VideoArguments.model_fields.keys() - left_out
    await use(tool, "invoke", CAT)
    if "aspect_ratio" in left_out:
        assert (sent(emulator)["width"], sent(emulator)["height"]) == (560, 752)


async def test_the_users_own_files_may_be_fixed(emulator: Emulator, tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    logo.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(24))
    tool = SeedanceTool(**at(emulator), fixed={"reference_images": [logo]})
    await use(tool, "invoke", CAT)
    [picture] = sent(emulator)["inputs"]["referenceImages"]
    assert picture.startswith("data:image/png;base64,")


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"fixed": {"tier": "1080p"}}, "tier= takes 480p, 720p"),
        ({"fixed": {"teir": "480p"}}, "did you mean 'tier'"),
        ({"fixed": {"prompt": "A cat"}}, "fixed= has no prompt"),
        ({"fixed": {"model": "other"}}, "fixed= has no model; say model="),
        ({"model": "a:b@c"}, "the sizes of a:b@c are not known"),
        ({"max_cost": 1}, "did you mean 'max_cost_usd'"),
        ({"args_schema": None}, "no option 'args_schema'"),
        ({"timeout": "soon"}, "timeout= takes a Timeout"),
        ({"runware": "https://example.com"}, "runware= takes a Runware"),
        ({"api_key": KEY}, "runware= has an address and a key of its own"),
    ],
)
@pytest.mark.parametrize("kind", [SeedanceTool, SeedanceSubmitTool, SeedanceStatusTool])
def test_a_setting_that_is_wrong_is_told_at_once(
    emulator: Emulator, kind: Any, settings: dict[str, Any], told: str
) -> None:
    with pytest.raises(seed_core.ConfigurationError, match=told):
        kind(**{**at(emulator), **settings})


@pytest.mark.parametrize("most", [-1.0, float("nan"), float("inf")])
def test_a_limit_is_a_number(emulator: Emulator, most: float) -> None:
    with pytest.raises(ValidationError, match="max_cost_usd"):
        SeedanceTool(**at(emulator), max_cost_usd=most)


# --- keys, copies ---------------------------------------------------------------------------------


def test_without_a_key_there_is_no_tool() -> None:
    with pytest.raises(seed_core.ConfigurationError, match="set RUNWARE_API_KEY, or pass api_key="):
        SeedanceTool()


async def test_the_key_is_nowhere_to_be_seen(
    emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    own = SeedanceTool(api_key=KEY, base_url=emulator.url("runware"))
    for tool in (own, SeedanceTool(**at(emulator))):
        message = await use(tool, "invoke", {**CAT, "tier": "1080p"})
        with pytest.raises(ValidationError) as wrong:
            SeedanceTool(api_key=[KEY])
        for shown in (tool, tool.model_dump(), dumps(tool), message, wrong.value):
            assert KEY not in f"{shown!r} {shown}"
        assert KEY.encode() not in pickle.dumps(tool)
    assert KEY not in caplog.text


async def test_a_pickled_tool_takes_its_key_from_the_environment(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = SeedanceTool(
        api_key=KEY, base_url=emulator.url("runware"), max_cost_usd=0.2, fixed={"tier": "480p"}
    )
    convert_to_openai_tool(tool)
    again = pickle.loads(pickle.dumps(tool))
    assert "tier" not in again.args
    assert (again.max_cost_usd, again.fixed) == (0.2, {"tier": "480p"})
    for kind in (SeedanceTool, SeedanceSubmitTool, SeedanceStatusTool):
        kept = pickle.loads(pickle.dumps(kind(api_key=KEY, base_url=emulator.url("runware"))))
        said = {"task_uuid": str(uuid4())} if kind is SeedanceStatusTool else CAT
        with pytest.raises(errors.ConfigurationError, match="RUNWARE_API_KEY"):
            kept.invoke(said)
        with pytest.raises(errors.ConfigurationError, match="RUNWARE_API_KEY"):
            await kept.ainvoke(said)
    monkeypatch.setenv("RUNWARE_API_KEY", "another")
    again.client().submit(again.asked((), CAT))
    assert sent(emulator)["width"] == 864
    assert emulator.requests[-1].headers["authorization"] == "Bearer another"


# --- without waiting ------------------------------------------------------------------------------


@ways
async def test_a_video_that_is_ordered_is_asked_for_later(emulator: Emulator, way: Way) -> None:
    emulator.script(Job(statuses=[{"data": []}, PROCESSING]), host="runware")
    _, submit, status = seedance_tools(**at(emulator))
    message = await use(submit, way, CAT)
    [charge] = emulator.charges
    asked = {"task_uuid": message.artifact["task_uuid"]}
    assert message.artifact["task_uuid"] == charge.job
    assert message.artifact["state"] == "processing"
    assert f"Cost: USD 0.405 (estimated), task {charge.job}." in message.text
    assert "Do not order the same video again: that would be another charge." in message.text
    assert f"by get_video_status with task_uuid {charge.job}, or give the user" in message.text
    unknown = await use(status, way, asked)
    assert (unknown.status, unknown.artifact["state"]) == ("success", "unknown")
    assert f"does not know task {charge.job}, or not yet" in unknown.text
    running = await use(status, way, asked)
    assert running.artifact["state"] == "processing"
    assert running.text.startswith("The video is being made. ")
    assert f"task {charge.job}. Do not order the same video again" in running.text
    done = await use(status, way, {"task_uuid": f" {charge.job} "})
    assert done.artifact["state"] == "success"
    assert done.text.startswith("The video is ready: http")
    assert "Cost: USD 0.405 (reported)" in done.text
    assert len(emulator.charges) == 1
