"""When a video fails, is late or is refused: what is said, and that nothing paid for is lost."""

import asyncio
import logging
from typing import Any

import pytest
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.workflow import Context

from llamaindex_seed import SeedLLM
from seed_core.emulator import Emulator, Fault, Job
from seed_core.errors import (
    AuthenticationError,
    ConfigurationError,
    ContentFilterError,
    InsufficientCreditError,
    VideoJobError,
)
from seed_core.polling import Progress
from tests.llamaindex.filming import (
    CAT,
    PICTURE,
    PROCESSING,
    Colour,
    Spec,
    colours,
    failing,
    submitted,
    use,
)


@colours
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"duration": 60}, "duration: Input should be less than or equal to 15, not '60'"),
        ({"prompt": "A"}, "prompt: String should have at least 2 characters"),
        ({"tier": "4k"}, "tier: Input should be '480p' or '720p'"),
        ({"first_frame_url": "/etc/passwd"}, "first_frame_url takes an http"),
        ({"last_frame_url": "file:///etc/passwd"}, "local files cannot be read"),
        ({"reference_image_urls": ["data:image/png;base64,AAAA"]}, "reference_image_urls takes"),
        ({"reference_image_urls": [PICTURE] * 10}, "the model takes 9"),
        ({"first_frame_url": PICTURE, "reference_image_urls": [PICTURE]}, "exclude"),
    ],
)
async def test_arguments_that_cannot_be_are_explained_and_nothing_is_sent(
    emulator: Emulator, spec: Spec, colour: Colour, arguments: dict[str, Any], words: str
) -> None:
    for name in ("generate_video", "submit_video"):
        with pytest.raises(ValueError, match=words):
            await use(spec(), colour, name, **{**CAT, **arguments})
    assert not emulator.requests


@colours
async def test_what_would_cost_too_much_is_not_sent(
    emulator: Emulator, spec: Spec, colour: Colour
) -> None:
    for name in ("generate_video", "submit_video"):
        with pytest.raises(ConfigurationError, match=r"about USD 0.324, more than max_cost_usd"):
            await use(spec(max_cost_usd=0.3), colour, name, **CAT)
    assert not emulator.requests
    assert not emulator.charges


@colours
async def test_a_uuid_that_is_none_is_refused(
    emulator: Emulator, spec: Spec, colour: Colour
) -> None:
    with pytest.raises(ConfigurationError, match="'clip 1' is no UUID"):
        await use(spec(), colour, "get_video_status", task_uuid="clip 1")
    assert not emulator.requests


@colours
async def test_a_wait_that_ends_first_loses_nothing(
    emulator: Emulator, spec: Spec, colour: Colour
) -> None:
    emulator.script(Job(statuses=[PROCESSING] * 9999), host="runware")
    output = await use(spec(timeout=1.5), colour, **CAT)
    (charge,) = emulator.charges
    assert output.raw_output["task_uuid"] == charge.job
    assert output.raw_output["state"] == "processing"
    assert output.raw_output["cost_usd"] == pytest.approx(0.324)
    assert f"get_video_status with task_uuid {charge.job}" in output.content
    assert len(submitted(emulator)) == 1


@colours
async def test_an_order_that_is_not_acknowledged_in_time_loses_nothing(
    emulator: Emulator, spec: Spec, colour: Colour
) -> None:
    emulator.script(Fault.stall(after=-1, seconds=20), host="runware")
    output = await use(spec(timeout=1.5), colour, "submit_video", **CAT)
    assert output.raw_output["task_uuid"] in output.content
    assert "may have been accepted" in output.content


@colours
async def test_a_video_that_fails_says_why_and_which(
    emulator: Emulator, spec: Spec, colour: Colour
) -> None:
    emulator.script(Job(statuses=[failing("contentModerationFailed")]), host="runware")
    with pytest.raises(VideoJobError) as caught:
        await use(spec(), colour, **CAT)
    assert isinstance(caught.value.reason, ContentFilterError)
    (charge,) = emulator.charges
    assert charge.job in str(caught.value)
    assert "It went wrong" in str(caught.value)
    assert len(submitted(emulator)) == 1
    later = await use(spec(), colour, "get_video_status", task_uuid=charge.job)
    assert later.content.startswith("No video was made. 1 of 1 failed: ")


@colours
async def test_what_was_made_is_told_although_another_failed(
    emulator: Emulator, spec: Spec, colour: Colour
) -> None:
    done = {"taskUUID": "{taskUUID}", "videoUUID": "{videoUUID}", "videoURL": "{videoURL}"}
    both = failing("timeoutProvider", data=[{**done, "status": "success"}])
    emulator.script(Job(statuses=[both]), host="runware")
    output = await use(spec(fixed={"results": 2}), colour, **CAT)
    record = output.raw_output
    assert (record["state"], len(record["videos"]), len(record["failures"])) == ("success", 1, 1)
    assert record["videos"][0]["url"] in output.content
    assert "1 of 2 failed: " in output.content
    assert "timeoutProvider" in output.content
    assert record["cost_usd"] == pytest.approx(0.324)  # of the one that was made, as estimated


@colours
async def test_a_host_that_cannot_be_asked_any_more_says_nothing_of_the_video(
    emulator: Emulator, spec: Spec, colour: Colour
) -> None:
    emulator.script(Job(statuses=[PROCESSING, Fault.status(401)]), host="runware")
    with pytest.raises(AuthenticationError) as caught:
        await use(spec(), colour, **CAT)
    (charge,) = emulator.charges
    assert "goes on whatever this says" in str(caught.value)
    assert f"use get_video_status with task_uuid {charge.job} before" in str(caught.value)


@colours
async def test_what_the_host_refuses_is_told_as_it_is(
    emulator: Emulator, spec: Spec, colour: Colour
) -> None:
    emulator.script(Fault.status(402), host="runware")
    with pytest.raises(InsufficientCreditError) as caught:
        await use(spec(), colour, **CAT)
    assert "get_video_status" not in str(caught.value)
    assert not emulator.charges


@colours
async def test_a_listener_that_fails_does_not_cost_the_video(
    emulator: Emulator, spec: Spec, colour: Colour, llm: SeedLLM, caplog: pytest.LogCaptureFixture
) -> None:
    def listen(progress: Progress) -> None:
        raise RuntimeError(progress.status)

    idle: Context[Any] = Context(FunctionAgent(llm=llm))  # of no run, so it has no stream
    output = await use(spec(on_progress=listen), colour, ctx=idle, **CAT)
    assert output.raw_output["state"] == "success"
    assert len(emulator.charges) == 1
    assert "has no stream" in caplog.text
    assert "listener" in caplog.text


async def test_a_call_that_is_cancelled_names_its_task(
    emulator: Emulator, spec: Spec, caplog: pytest.LogCaptureFixture
) -> None:
    emulator.script(Job(statuses=[PROCESSING] * 9999), host="runware")
    running = asyncio.Event()
    made = spec(on_progress=lambda progress: running.set())
    call = asyncio.create_task(use(made, "acall", **CAT))
    await asyncio.wait_for(running.wait(), 10)
    with caplog.at_level(logging.WARNING, "seed_core"):
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    (charge,) = emulator.charges
    assert charge.job in caplog.text
