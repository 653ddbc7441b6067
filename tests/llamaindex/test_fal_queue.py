"""fal's queue as LlamaIndex's users have it: progress is told, and no job is left behind."""

import asyncio
import copy
import json
import pickle
import threading
from contextlib import aclosing
from typing import Any

import pytest
from llama_index.core.agent.workflow import FunctionAgent
from workflows.errors import WorkflowCancelledByUser

from llamaindex_seed import SeedLLM, SeedMultiModal
from seed_core import APITimeoutError, ConfigurationError, Progress
from seed_core.emulator import Answer, Emulator, Fault, Job
from tests.core.calling import eventually
from tests.llamaindex.asking import METHODS, answer, call
from tests.llamaindex.at_fal import CHAT, OSLO, QUEUE, SYNC, TOOLS
from tests.llamaindex.conftest import Make
from tests.llamaindex.probes_agents import run
from tests.posted import cancels, posts

QUEUED = {"status": "IN_QUEUE", "queue_position": 3}
RUNNING = {"status": "IN_PROGRESS", "logs": []}
LOGGED = {"status": "IN_PROGRESS", "logs": [{"message": "warming up"}]}
ENDLESS = Job(statuses=[RUNNING] * 5000)
TOLD = [
    ("queued", 3, ()),
    ("running", None, ()),
    ("running", None, ("warming up",)),
    ("completed", None, ("Done.",)),
]

methods = pytest.mark.parametrize("method", METHODS)
async_methods = pytest.mark.parametrize("method", [name for name in METHODS if name[0] == "a"])


# --- progress -------------------------------------------------------------------------------------


@methods
async def test_progress_is_told_where_one_waits(method: str, at: Make, emulator: Emulator) -> None:
    told: list[Progress] = []
    threads = set()

    def tell(progress: Progress) -> None:
        told.append(progress)
        threads.add(threading.get_ident())

    emulator.script(Job(Answer(text="Done"), statuses=[QUEUED, RUNNING, LOGGED]), host="fal")
    last = await answer(at(QUEUE, on_progress=tell), method)
    assert [(one.status, one.position, one.logs) for one in told] == TOLD
    job = last.additional_kwargs["response_id"]
    assert {(one.provider, one.job) for one in told} == {("fal", job)}
    assert threads == {threading.get_ident()}


async def test_progress_of_an_agents_steps(at: Make, emulator: Emulator) -> None:
    told: list[Progress] = []
    emulator.script(Answer(tool_calls=[OSLO]), Answer(text="Noon."), host="fal")
    agent = FunctionAgent(tools=TOOLS, llm=at(QUEUE, on_progress=told.append))
    assert (await run(agent, "Time?"))[0] == "Noon."
    assert [one.status for one in told] == ["queued", "running", "completed"] * 2
    assert len({one.job for one in told}) == 2


def of_the_process(kind: type[SeedLLM], emulator: Emulator, **settings: Any) -> SeedLLM:
    """A model of a class at the queue."""
    return kind(**QUEUE.settings(emulator), **settings)


@pytest.mark.parametrize("kind", [SeedLLM, SeedMultiModal])
def test_copies_tell_it_too_and_nothing_written_does(
    kind: type[SeedLLM], emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Progress] = []
    lock = threading.Lock()  # cannot be pickled

    def tell(progress: Progress) -> None:
        with lock:
            told.append(progress)

    llm = of_the_process(kind, emulator, on_progress=tell)
    for again in (
        llm.model_copy(),
        llm.model_copy(update={"temperature": 0.5}),
        llm.model_copy(deep=True),
        copy.copy(llm),
        copy.deepcopy(llm),
    ):
        assert again.on_progress is tell
        told.clear()
        again.complete("Hello")
        assert [one.status for one in told] == ["queued", "running", "completed"]
    assert "on_progress" not in f"{llm.to_dict()} {llm.to_json()} {llm.model_dump()} {llm!r}"
    monkeypatch.setenv(QUEUE.key_name, QUEUE.key)
    told.clear()
    pickled = pickle.loads(pickle.dumps(llm))
    for written in (pickled, kind.from_dict(json.loads(llm.to_json()))):
        assert written.on_progress is None
        assert written.host.url == llm.host.url
    assert pickled.complete("Hello").text
    assert told == []
    assert llm.on_progress is tell, "the model itself keeps it"


def test_it_is_a_function_and_a_setting_of_the_model(at: Make, emulator: Emulator) -> None:
    with pytest.raises(ConfigurationError, match="on_progress= takes a function"):
        at(QUEUE, on_progress="print")
    with pytest.raises(ConfigurationError, match="on_progress= is a setting of the model"):
        at(QUEUE).complete("Hello", on_progress=print)
    assert emulator.requests == []


@methods
async def test_an_error_of_the_users_own_function_goes_through_and_the_job_is_cancelled(
    method: str, at: Make, emulator: Emulator
) -> None:
    def fail(_: Progress) -> None:
        raise LookupError("mine")

    emulator.script(ENDLESS, host="fal")
    with pytest.raises(LookupError, match="mine"):
        await call(at(QUEUE, on_progress=fail), method)
    assert len(cancels(emulator)) == 1


async def test_where_there_is_no_job_nothing_is_told(at: Make) -> None:
    told: list[Progress] = []
    for row in (SYNC, CHAT):
        assert (await at(row, on_progress=told.append).acomplete("Hello")).text
    assert told == []


# --- no job is left behind ------------------------------------------------------------------------


def cancelled_once(emulator: Emulator) -> bool:
    """Whether the one job was cancelled, once, and was not asked about after that."""
    [put] = cancels(emulator)
    assert len(posts(emulator)) == 1
    return emulator.requests[-1] is put


@methods
async def test_when_the_time_is_up_the_job_is_cancelled(
    method: str, at: Make, emulator: Emulator
) -> None:
    emulator.script(ENDLESS, host="fal")
    with pytest.raises(APITimeoutError, match=r"job 0000.*running.*cancelled") as caught:
        await call(at(QUEUE, timeout=1.5), method)
    assert (caught.value.phase, caught.value.provider) == ("total", "fal")
    assert cancelled_once(emulator)


@async_methods
async def test_a_wait_that_is_over_cancels_the_job(
    method: str, at: Make, emulator: Emulator
) -> None:
    emulator.script(ENDLESS, host="fal")
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(call(at(QUEUE), method), 1.5)
    assert cancelled_once(emulator)


@async_methods
async def test_a_task_that_is_cancelled_cancels_its_job(
    method: str, at: Make, emulator: Emulator
) -> None:
    emulator.script(ENDLESS, host="fal")
    task = asyncio.create_task(call(at(QUEUE), method))
    assert await asyncio.to_thread(eventually, lambda: len(emulator.requests) > 2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert cancelled_once(emulator)


@pytest.mark.parametrize("streaming", [True, False])
async def test_an_agent_that_is_stopped_cancels_its_job(
    streaming: bool, at: Make, emulator: Emulator
) -> None:
    emulator.script(ENDLESS, host="fal")
    agent = FunctionAgent(tools=TOOLS, llm=at(QUEUE), streaming=streaming)
    handler = agent.run("Time?")
    assert await asyncio.to_thread(eventually, lambda: len(emulator.requests) > 2)
    await handler.cancel_run()
    with pytest.raises(WorkflowCancelledByUser):
        await handler
    assert await asyncio.to_thread(eventually, lambda: len(cancels(emulator)) == 1)


async def test_a_stream_that_nobody_reads_on_leaves_no_job(at: Make, emulator: Emulator) -> None:
    emulator.script(Answer(text="Hi", reasoning="Hm."), host="fal")
    stream: Any = await at(QUEUE).astream_complete("Hello")
    async with aclosing(stream):
        async for _ in stream:
            break
    for _ in at(QUEUE).stream_complete("Hello"):
        break
    assert cancels(emulator) == [], "the answers were there"


async def test_several_jobs_are_cancelled_together(at: Make, emulator: Emulator) -> None:
    emulator.script(*[ENDLESS] * 4, host="fal")
    llm = at(QUEUE)
    task: Any = asyncio.gather(*(llm.acomplete(text) for text in "abcd"))
    assert await asyncio.to_thread(eventually, lambda: len(emulator.requests) > 12)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(eventually, lambda: len(cancels(emulator)) == 4)


@methods
async def test_an_answer_that_breaks_on_its_way_is_fetched_again(
    method: str, at: Make, emulator: Emulator
) -> None:
    whole = Answer(text="Hello there")
    for fault in (Fault.cut(1, how="close", answer=whole), Fault.cut(1, how="reset", answer=whole)):
        emulator.clear()
        emulator.script(fault, host="fal")
        last = await answer(at(QUEUE, max_retries=0), method)
        assert (last.text if "complete" in method else last.message.content) == "Hello there"
        assert len(posts(emulator)) == 1
        assert cancels(emulator) == []


async def test_a_job_that_fails_is_that_failure_and_a_next_host_answers(
    at: Make, emulator: Emulator
) -> None:
    failed = {"status": "COMPLETED", "error": "Boom", "error_type": "runner_disconnected"}
    emulator.script(Job(statuses=[RUNNING, failed]), host="fal")
    emulator.script(Answer(text="Here"))
    last = await at(QUEUE, CHAT, max_retries=0).acomplete("Hello")
    assert last.text == "Here"
    [before] = last.additional_kwargs["failed_providers"]
    assert before["error"] == "ServerError"
    assert "Boom" in before["message"]
    assert "job 0000" in before["message"]
    assert cancels(emulator) == []
