"""The tools that make videos: what a model sees and is told, as plain calls."""

import json
import pickle
from copy import copy
from typing import Any
from uuid import uuid4

import httpx
import pytest
from llama_index.core.base.llms.types import TextBlock, VideoBlock
from llama_index.core.tools import ToolMetadata
from pydantic import SecretStr

from llamaindex_seed import SeedanceToolSpec
from seed_core.emulator import Emulator, Fault
from seed_core.errors import ConfigurationError, NotFoundError, RateLimitError
from seed_core.polling import Progress
from tests.llamaindex.filming import (
    CAT,
    KEY,
    PICTURE,
    Colour,
    Spec,
    colours,
    submitted,
    tools,
    use,
)

LARGE = "bytedance:seedance@2.0"
"""A model that is not the default."""

# --- plain calls ----------------------------------------------------------------------------------


@colours
async def test_a_video_is_made_and_told(emulator: Emulator, spec: Spec, colour: Colour) -> None:
    output = await use(spec(), colour, **CAT)
    record = output.raw_output
    (video,) = record["videos"]
    assert record["state"] == "success"
    assert [type(block) for block in output.blocks] == [TextBlock]
    assert output.content == record["text"] == str(record)
    for told in (
        video["url"],
        f"seed {video['seed']}",
        record["task_uuid"],
        "USD 0.324",
        "expires",
    ):
        assert told in output.content
    assert (record["cost_usd"], record["cost_source"]) == (pytest.approx(0.324), "reported")
    assert output.raw_input == {"args": (), "kwargs": CAT}
    assert not output.is_error
    assert [charge.job for charge in emulator.charges] == [record["task_uuid"]]


@colours
async def test_an_output_has_a_json_form(spec: Spec, colour: Colour) -> None:
    output = await use(spec(attach_media=True), colour, **CAT)
    assert json.loads(json.dumps(output.raw_output)) == output.raw_output
    dumped = json.loads(output.model_dump_json())
    assert dumped["raw_output"] == output.raw_output
    assert pickle.loads(pickle.dumps(output)).content == output.content


@colours
async def test_the_video_itself_is_attached_if_that_is_wanted(spec: Spec, colour: Colour) -> None:
    output = await use(spec(attach_media=True, fixed={"results": 2}), colour, **CAT)
    text, *videos = output.blocks
    assert isinstance(text, TextBlock)
    assert [str(one.url) for one in videos if isinstance(one, VideoBlock)] == [
        video["url"] for video in output.raw_output["videos"]
    ]
    assert len(videos) == 2


@colours
async def test_a_cost_that_is_not_reported_is_an_estimate(spec: Spec, colour: Colour) -> None:
    output = await use(spec(fixed={"include_cost": False}), colour, **CAT)
    assert "USD 0.324 (estimated)" in output.content
    assert output.raw_output["cost_source"] == "estimated"


@colours
async def test_what_the_arguments_become(emulator: Emulator, spec: Spec, colour: Colour) -> None:
    made = spec()
    await use(made, colour, prompt="Ab", aspect_ratio="9:16", tier="480p", audio=False)
    await use(made, colour, prompt="Ab", first_frame_url=PICTURE, last_frame_url=PICTURE)
    await use(made, colour, prompt="Ab", reference_image_urls=[PICTURE, str(uuid4())])
    sized, framed, referring = submitted(emulator)
    assert (sized["width"], sized["height"]) == (496, 864)
    assert sized["settings"] == {"audio": False}
    assert framed["resolution"] == "720p"
    assert [one["frame"] for one in framed["inputs"]["frameImages"]] == ["first", "last"]
    assert (referring["width"], referring["height"]) == (1280, 720)
    assert len(referring["inputs"]["referenceImages"]) == 2


@colours
async def test_a_video_is_ordered_and_asked_for_later(
    emulator: Emulator, spec: Spec, colour: Colour
) -> None:
    made = spec(attach_media=True)
    order = await use(made, colour, "submit_video", **CAT)
    uuid = order.raw_output["task_uuid"]
    assert order.raw_output["state"] == "processing"
    assert uuid in order.content
    assert "USD 0.324 (estimated)" in order.content
    assert "get_video_status" in order.content
    first = await use(made, colour, "get_video_status", task_uuid=uuid)
    assert first.raw_output["state"] == "processing"
    for _ in range(5):
        last = await use(made, colour, "get_video_status", task_uuid=f" {uuid} ")
    assert last.raw_output["state"] == "success"
    assert last.raw_output["videos"][0]["url"] in last.content
    assert [type(block) for block in last.blocks] == [TextBlock, VideoBlock]
    assert len(submitted(emulator)) == len(emulator.charges) == 1


@colours
async def test_a_task_that_the_host_does_not_know(spec: Spec, colour: Colour) -> None:
    output = await use(spec(), colour, "get_video_status", task_uuid=str(uuid4()))
    assert output.raw_output["state"] == "unknown"
    assert "does not know" in output.content


@colours
async def test_progress_is_told_without_an_agent(spec: Spec, colour: Colour) -> None:
    told: list[Progress] = []
    output = await use(spec(on_progress=told.append), colour, **CAT)
    assert told[-1].status == "completed"
    assert {one.job for one in told} == {output.raw_output["task_uuid"]}


# --- what a model sees ----------------------------------------------------------------------------


def test_a_model_sees_three_tools_that_it_can_follow(spec: Spec) -> None:
    offered = tools(spec())
    assert list(offered) == ["generate_video", "submit_video", "get_video_status"]
    for name in ("generate_video", "submit_video"):
        seen = offered[name].metadata.to_openai_tool()["function"]  # refuses long descriptions
        assert "get_video_status" in seen["description"]
        assert "costs money" in seen["description"]
        fields = seen["parameters"]["properties"]
        assert list(fields) == [
            "prompt",
            "duration",
            "aspect_ratio",
            "tier",
            "audio",
            "first_frame_url",
            "last_frame_url",
            "reference_image_urls",
        ]
        assert all(field["description"] for field in fields.values())
        assert (fields["duration"]["minimum"], fields["duration"]["maximum"]) == (4, 15)
        assert fields["tier"]["enum"] == ["480p", "720p"]
        assert "21:9" in fields["aspect_ratio"]["anyOf"][0]["enum"]
        assert seen["parameters"]["required"] == ["prompt"]
    asked = offered["get_video_status"].metadata.to_openai_tool()["function"]
    assert list(asked["parameters"]["properties"]) == ["task_uuid"]


def test_tools_are_chosen_and_described_by_their_names(spec: Spec) -> None:
    own = ToolMetadata("My own words.", "film")
    for name in ("submit_video", "asubmit_video"):
        chosen = spec().to_tool_list([name], {name: own})
        assert [tool.metadata for tool in chosen] == [own]
    pair = spec().to_tool_list([("get_video_status", "aget_video_status")], return_direct=True)
    assert [tool.metadata.return_direct for tool in pair] == [True]
    with pytest.raises(ConfigurationError, match="no tool 'film'; there are generate_video"):
        spec().to_tool_list(["film"])


async def test_the_tools_are_there_for_event_loops_too(spec: Spec) -> None:
    assert len(await spec().to_tool_list_async()) == 3


@colours
async def test_what_is_pinned_is_not_offered_and_wins(
    emulator: Emulator, spec: Spec, colour: Colour
) -> None:
    made = spec(fixed={"tier": "480p", "duration": 4, "output_format": "WEBM"})
    assert "tier" not in tools(made)["generate_video"].metadata.get_parameters_dict()["properties"]
    output = await use(made, colour, prompt="A cat", duration=15, tier="720p")
    (task,) = submitted(emulator)
    assert (task["duration"], task["width"], task["outputFormat"]) == (4, 864, "WEBM")
    assert output.raw_output["cost_usd"] == pytest.approx(0.144)


def test_a_pinned_size_leaves_no_shape_to_choose(spec: Spec) -> None:
    made = spec(model=LARGE, fixed={"size": "1920x1080"})
    fields = tools(made)["submit_video"].metadata.get_parameters_dict()["properties"]
    assert {"aspect_ratio", "tier"}.isdisjoint(fields)


@pytest.mark.parametrize(
    ("fixed", "words"),
    [
        ({"colour": "red"}, "fixed= has no colour; there are aspect_ratio, audio"),
        ({"prompt": "A cat"}, "fixed= has no prompt"),
        ({"duration": 60}, "duration"),
        ({"results": 9}, "results= takes a whole number from 1 to 4"),
        ({"size": "5x5"}, "the nearest are"),
    ],
)
def test_what_cannot_be_pinned_is_said_at_once(
    spec: Spec, fixed: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConfigurationError, match=words):
        spec(fixed=fixed)


# --- settings -------------------------------------------------------------------------------------


@colours
async def test_the_key_is_found_and_shown_nowhere(
    emulator: Emulator, colour: Colour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNWARE_API_KEY", KEY)
    for key in (None, KEY, SecretStr(KEY)):
        made = SeedanceToolSpec(key, base_url=emulator.url("runware"))
        output = await use(made, colour, "submit_video", **CAT)
        assert emulator.requests[-1].headers["authorization"] == f"Bearer {KEY}"
        shown = f"{made!r}{vars(made)!r}{copy(made)!r}{tools(made)!r}{output!r}"
        assert KEY not in shown + output.model_dump_json()


def test_no_key_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RUNWARE_API_KEY", raising=False)
    with pytest.raises(ConfigurationError, match="set RUNWARE_API_KEY, or pass api_key="):
        SeedanceToolSpec()


@pytest.mark.parametrize("more", [{"api_key": KEY}, {"base_url": "http://127.0.0.1:9"}])
def test_one_host_is_said_once(spec: Spec, more: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="a key of its own"):
        spec(**more)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"timeout": "soon"}, "timeout"),
        ({"max_cost_usd": "little"}, "max_cost_usd"),
        ({"model": 5}, "model= takes"),
        ({"model": "a:b@c"}, "the sizes of a:b@c are not known"),
    ],
)
def test_settings_that_cannot_be_are_said_at_once(
    spec: Spec, wrong: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConfigurationError, match=words):
        spec(**wrong)


async def test_the_model_is_heeded(emulator: Emulator, spec: Spec) -> None:
    with pytest.raises(NotFoundError):  # the emulator has the default one alone
        await use(spec(model=LARGE, fixed={"size": "1920x1080"}), "acall", **CAT)
    assert [task["model"] for task in submitted(emulator)] == [LARGE]


async def test_the_retries_are_heeded(emulator: Emulator, spec: Spec) -> None:
    emulator.script(Fault.status(429, retry_after=0), host="runware")
    with pytest.raises(RateLimitError):
        await use(spec(max_retries=0), "acall", **CAT)
    assert len(submitted(emulator)) == 1


async def test_clients_of_your_own_are_used(emulator: Emulator, spec: Spec) -> None:
    with httpx.Client(headers={"x-own": "sync"}) as client:
        await use(spec(http_client=client), "call", "submit_video", **CAT)
        assert emulator.requests[-1].headers["x-own"] == "sync"
    async with httpx.AsyncClient(headers={"x-own": "async"}) as aclient:
        await use(spec(http_async_client=aclient), "acall", "submit_video", **CAT)
        assert emulator.requests[-1].headers["x-own"] == "async"
