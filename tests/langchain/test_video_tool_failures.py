"""When a video fails, is late or is refused: what a model is told, what is raised, what it costs.

What is paid for is never raised away, and nothing is made twice.
"""

import asyncio
import json
from typing import Any

import pytest
from langchain_core.callbacks import AsyncCallbackHandler, BaseCallbackHandler
from langchain_core.exceptions import ModelAuthenticationError, ModelError
from langchain_core.tools import ToolException

from langchain_seed import SeedanceTool, errors, seedance_tools
from langchain_seed.tools import SeedanceStatusTool, SeedanceSubmitTool
from seed_core.emulator import Emulator, Fault, Job
from tests.langchain.filming import (
    CAT,
    KEY,
    PROCESSING,
    WAYS,
    Way,
    at,
    failing,
    submissions,
    use,
)

ways = pytest.mark.parametrize("way", WAYS)
UUID = "24cd5dff-cb81-4db5-8506-b72a9425f9d1"


class Listener(BaseCallbackHandler):
    """Notes the progress that it is told of, and may fail meanwhile."""

    def __init__(self, failure: BaseException | None = None) -> None:
        self.raise_error = True
        self.failure = failure
        self.told: list[dict[str, Any]] = []

    def on_custom_event(self, name: str, data: Any, **_: Any) -> None:
        assert name == "video_progress"
        self.told.append(data)
        if self.failure is not None:
            raise self.failure


# --- progress -------------------------------------------------------------------------------------


async def test_progress_comes_as_custom_events(emulator: Emulator) -> None:
    tool = SeedanceTool(**at(emulator))
    events: list[Any] = [event async for event in tool.astream_events(CAT, version="v2")]
    told = [event for event in events if event["event"] == "on_custom_event"]
    [job] = {charge.job for charge in emulator.charges}
    assert {event["name"] for event in told} == {"video_progress"}
    assert {event["run_id"] for event in told} == {events[0]["run_id"]}
    assert [(event["data"]["status"], event["data"]["percent"]) for event in told] == [
        ("running", 40),
        ("running", 80),
        ("completed", None),
    ]
    assert {event["data"]["job"] for event in told} == {job}
    assert events[-1]["event"] == "on_tool_end", "all is told before the end"


@ways
async def test_a_listener_hears_it_in_order(emulator: Emulator, way: Way) -> None:
    tool, listener = SeedanceTool(**at(emulator)), Listener()
    await use(tool, way, CAT, callbacks=[listener])
    assert [told["status"] for told in listener.told] == ["running", "running", "completed"]


@ways
async def test_a_listener_that_fails_does_not_cost_the_video(
    emulator: Emulator, way: Way, caplog: pytest.LogCaptureFixture
) -> None:
    tool, listener = SeedanceTool(**at(emulator)), Listener(RuntimeError("no more"))
    message = await use(tool, way, CAT, callbacks=[listener])
    assert message.artifact["state"] == "success"
    assert len(listener.told) == 3
    assert "a listener of video_progress failed" in caplog.text


async def test_outside_of_a_run_nobody_is_told(emulator: Emulator) -> None:
    tool = SeedanceTool(**at(emulator))
    assert tool._run("A cat")[1]["state"] == "success"  # noqa: SLF001 - `run` makes a run
    assert (await tool._arun("A cat"))[1]["state"] == "success"  # noqa: SLF001 - likewise


# --- late -----------------------------------------------------------------------------------------


@ways
async def test_a_video_that_is_late_is_not_lost(emulator: Emulator, way: Way) -> None:
    emulator.script(Job(statuses=[PROCESSING] * 300), host="runware")
    tool = SeedanceTool(**at(emulator), timeout=1.5)
    message = await use(tool, way, CAT)
    [charge] = emulator.charges
    assert message.status == "success"
    assert message.artifact == {
        "task_uuid": charge.job,
        "state": "processing",
        "progress": None,
        "videos": [],
        "failures": [],
        "cost_usd": 0.405,
        "cost_source": "estimated",
    }
    assert message.text.startswith("Not ready yet: the time was up before task")
    assert "Do not order the same video again: that would be another charge." in message.text
    assert f"by get_video_status with task_uuid {charge.job}, or give the user" in message.text
    assert submissions(emulator) == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault.status(400),
        Fault.status(401),
        Fault.status(500),
        Fault.html(502),
        Fault.refuse(),
    ],
    ids=lambda fault: f"{fault.kind} {fault.status_code}",
)
@ways
async def test_a_question_that_fails_leaves_the_task_behind(
    emulator: Emulator, way: Way, fault: Fault
) -> None:
    emulator.script(Job(statuses=[fault] * 30), host="runware")
    message = await use(SeedanceTool(**at(emulator), timeout=1.5), way, CAT)
    [charge] = emulator.charges
    assert message.status == "success"
    # Some of these are asked again until the time is up.
    assert message.artifact["state"] in ("processing", "unknown")
    assert message.artifact["task_uuid"] == charge.job
    head = "Not ready yet: " if message.artifact["state"] == "processing" else "There is no video"
    assert message.text.startswith(head)
    assert f"get_video_status with task_uuid {charge.job}" in message.text


@ways
async def test_a_submission_of_which_nobody_knows_names_its_task(
    emulator: Emulator, way: Way
) -> None:
    for tool in seedance_tools(**at(emulator), max_retries=0)[:2]:
        emulator.script(Fault.status(500), host="runware")
        message = await use(tool, way, CAT)
        assert message.artifact["state"] == "unknown"
        assert f"task {message.artifact['task_uuid']} may have been accepted" in message.text
        assert "before anything is ordered again, or give the user that UUID" in message.text
        assert json.loads(json.dumps(message.artifact)) == message.artifact
    assert submissions(emulator) == 2


@ways
async def test_an_answer_that_was_lost_costs_no_second_video(emulator: Emulator, way: Way) -> None:
    emulator.script(Fault.cut(-1), host="runware")
    message = await use(SeedanceTool(**at(emulator)), way, CAT)
    assert message.artifact["state"] == "success"
    assert len(emulator.charges) == submissions(emulator) == 1


# --- failed ---------------------------------------------------------------------------------------


@ways
async def test_a_video_that_fails_is_told_and_not_tried_again(emulator: Emulator, way: Way) -> None:
    refused = failing("contentPolicyViolation", "A face.")
    emulator.script(Job(statuses=[refused]), host="runware")
    message = await use(SeedanceTool(**at(emulator)), way, CAT)
    [charge] = emulator.charges
    assert message.status == "error"
    assert message.text.startswith("No video was made: runware failed: contentPolicyViolation: A f")
    assert charge.job in message.text
    assert message.text.endswith("each new try is a new charge: ask the user first.")
    assert submissions(emulator) == 1


@ways
async def test_what_failed_in_part_is_told_beside_what_was_made(
    emulator: Emulator, way: Way
) -> None:
    made = {"videoURL": "{videoURL}", "videoUUID": "{videoUUID}", "seed": 7, "cost": 0.405}
    failed = {"status": "error", "error": {"code": "inferenceError", "message": "No luck"}}
    items = [{"taskUUID": "{taskUUID}", **item} for item in (made, failed)]
    emulator.script(Job(statuses=[{"data": items}]), host="runware")
    message = await use(SeedanceTool(**at(emulator), fixed={"results": 2}), way, CAT)
    assert message.status == "success"
    assert message.artifact["state"] == "success"
    assert (message.artifact["cost_usd"], message.artifact["cost_source"]) == (0.405, "reported")
    [video], [failure] = message.artifact["videos"], message.artifact["failures"]
    assert (video["seed"], video["cost_usd"]) == (7, 0.405)
    assert "inferenceError: No luck" in failure
    assert f"The video is ready: {video['url']} (seed 7)." in message.text
    assert f"1 of 2 failed: {failure} (task " in message.text
    assert "Cost: USD 0.405 (reported)," in message.text


@ways
async def test_a_status_tells_of_a_failure_as_an_answer(emulator: Emulator, way: Way) -> None:
    emulator.script(Job(statuses=[failing("inferenceError", "No luck")]), host="runware")
    _, submit, status = seedance_tools(**at(emulator))
    ordered = await use(submit, way, CAT)
    message = await use(status, way, {"task_uuid": ordered.artifact["task_uuid"]})
    assert (message.status, message.artifact["state"]) == ("success", "error")
    assert "inferenceError: No luck" in message.artifact["failures"][0]
    assert message.text.startswith(
        "No video was made. 1 of 1 failed: runware failed: inferenceError: No luck"
    )
    assert message.text.endswith("Each new try is a new charge: ask the user first.")


@ways
async def test_a_video_that_is_there_at_once(emulator: Emulator, way: Way) -> None:
    here = {"videoURL": "https://vm.example.com/1.mp4", "videoUUID": UUID}
    emulator.script(Job(submitted=here), host="runware")
    message = await use(SeedanceSubmitTool(**at(emulator)), way, CAT)
    assert message.artifact["state"] == "success"
    assert message.text.startswith("The video is ready: https://vm.example.com/1.mp4.")


# --- refused --------------------------------------------------------------------------------------


@ways
async def test_what_costs_too_much_is_not_sent(emulator: Emulator, way: Way) -> None:
    for tool in seedance_tools(**at(emulator), max_cost_usd=0.2)[:2]:
        message = await use(tool, way, CAT)
        assert message.status == "error"
        assert message.text.startswith("No video was made, and nothing is charged: this would cost")
        assert "make it shorter or smaller" in message.text
        assert emulator.requests == []
        assert (await use(tool, way, {**CAT, "tier": "480p"})).status == "success"
        emulator.clear()


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault.status(400, code="contentModerationFailed", message="No."), "No"),
        (Fault.status(429), "runware answered 429"),
        (Fault.status(503), "runware answered 503"),
    ],
)
@ways
async def test_what_the_host_refuses_is_told(
    emulator: Emulator, way: Way, fault: Fault, said: str
) -> None:
    for tool in seedance_tools(**at(emulator), max_retries=0)[:2]:
        emulator.script(fault, host="runware")
        message = await use(tool, way, CAT)
        assert message.status == "error"
        assert message.text.startswith("No video was made, and nothing is charged: ")
        assert said in message.text
    assert emulator.charges == []


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, errors.AuthenticationError),
        (402, errors.InsufficientCreditError),
        (403, errors.PermissionDeniedError),
        (404, errors.NotFoundError),
    ],
)
@ways
async def test_what_only_the_user_can_mend_is_raised(
    emulator: Emulator, way: Way, status: int, kind: type[Exception]
) -> None:
    for tool in seedance_tools(**at(emulator))[:2]:
        emulator.script(Fault.status(status), host="runware")
        with pytest.raises(kind, match=str(status)):
            await use(tool, way, CAT)
    assert emulator.charges == []


@ways
async def test_a_key_that_is_wrong_is_raised_of_a_status_too(emulator: Emulator, way: Way) -> None:
    with pytest.raises(ModelAuthenticationError, match="RUNWARE_API_KEY") as caught:
        await use(SeedanceStatusTool(**at(emulator, "invalid")), way, {"task_uuid": UUID})
    assert isinstance(caught.value, errors.AuthenticationError)


@ways
async def test_a_host_that_cannot_be_reached(way: Way) -> None:
    nowhere = {"api_key": KEY, "base_url": "http://127.0.0.1:9", "max_retries": 0}
    made = await use(SeedanceTool(**nowhere), way, CAT)
    assert made.text.startswith("No video was made, and nothing is charged: could not con")
    told = await use(SeedanceStatusTool(**nowhere), way, {"task_uuid": UUID})
    assert (made.status, told.status) == ("error", "error")
    assert told.text.startswith("The host could not be asked: ")


@ways
async def test_words_for_a_model_can_be_raised_instead(emulator: Emulator, way: Way) -> None:
    tool = SeedanceTool(**at(emulator), max_cost_usd=0.1, handle_tool_error=False)
    with pytest.raises(ToolException, match="max_cost_usd") as caught:
        await use(tool, way, CAT)
    assert isinstance(caught.value.__cause__, errors.ConfigurationError)
    emulator.script(Job(statuses=[failing("inferenceError", "No luck")]), host="runware")
    tool = SeedanceTool(**at(emulator), handle_tool_error=False)
    with pytest.raises(ToolException, match="No luck") as caught:
        await use(tool, way, CAT)
    cause = caught.value.__cause__
    assert isinstance(cause, errors.VideoJobError)
    assert isinstance(cause, ModelError)
    assert cause.task_uuid == emulator.charges[0].job


# --- left -----------------------------------------------------------------------------------------


def test_ctrl_c_goes_through_and_the_log_names_the_task(
    emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(KeyboardInterrupt):
        SeedanceTool(**at(emulator)).invoke(CAT, {"callbacks": [Listener(KeyboardInterrupt())]})
    assert f"task {emulator.charges[0].job} was left" in caplog.text


async def test_a_cancelled_task_ends_and_the_log_names_the_task(
    emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    emulator.script(Job(statuses=[PROCESSING] * 3000), host="runware")
    running = asyncio.Event()

    class Watching(AsyncCallbackHandler):
        async def on_custom_event(self, name: str, data: Any, **_: Any) -> None:
            running.set()

    call = asyncio.create_task(
        SeedanceTool(**at(emulator)).ainvoke(CAT, {"callbacks": [Watching()]})
    )
    await asyncio.wait_for(running.wait(), 10)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert f"task {emulator.charges[0].job} was left" in caplog.text
