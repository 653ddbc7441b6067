"""fal's queue as LangChain's users have it: progress is told, and no job is left behind."""

import asyncio
import copy
import pickle
import threading
from typing import Any

import pytest
from langchain_core.exceptions import (
    ModelAPIError,
    ModelInvalidRequestError,
    ModelRateLimitError,
    ModelTimeoutError,
)
from langchain_core.load import dumpd

from langchain_seed import ChatSeed
from langchain_seed.errors import ContentFilterError
from seed_core import APITimeoutError, Progress
from seed_core.emulator import Answer, Emulator, Fault, Job
from tests.core.calling import eventually
from tests.langchain.asking import How, Make, ask
from tests.posted import cancels, posts
from tests.rows import Row

QUEUE = Row("fal", "queue")
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


def facts(told: list[Progress]) -> list[tuple[Any, ...]]:
    return [(one.status, one.position, one.logs) for one in told]


# --- progress -------------------------------------------------------------------------------------


async def test_progress_is_told_where_one_waits(at: Make, emulator: Emulator, how: How) -> None:
    told: list[Progress] = []
    threads = set()

    def tell(progress: Progress) -> None:
        told.append(progress)
        threads.add(threading.get_ident())

    emulator.script(Job(Answer(text="Done"), statuses=[QUEUED, RUNNING, LOGGED]), host="fal")
    message = await ask(at(QUEUE, on_progress=tell), how, "Hello")
    assert message.text == "Done"
    assert facts(told) == TOLD
    assert {(one.provider, one.job) for one in told} == {("fal", message.response_metadata["id"])}
    assert threads == {threading.get_ident()}


async def test_a_copy_tells_it_too_and_a_pickle_does_not(
    at: Make, emulator: Emulator, how: How, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Progress] = []
    lock = threading.Lock()  # cannot be pickled

    def tell(progress: Progress) -> None:
        with lock:
            told.append(progress)

    llm = at(QUEUE, on_progress=tell)
    for again in (
        llm.model_copy(),
        llm.model_copy(update={"temperature": 0.5}),
        llm.model_copy(deep=True),
        copy.copy(llm),
        copy.deepcopy(llm),
    ):
        assert again.on_progress is tell
        told.clear()
        await ask(again, how, "Hello")
        assert [one.status for one in told] == ["queued", "running", "completed"]
    monkeypatch.setenv(QUEUE.key_name, QUEUE.key)
    told.clear()
    pickled: ChatSeed = pickle.loads(pickle.dumps(llm))
    assert pickled.on_progress is None
    assert (await ask(pickled, how, "Hello")).text
    assert told == []
    assert "on_progress" not in f"{llm.model_dump()} {llm!r} {llm.asdict()} {dumpd(llm)}"
    assert llm.on_progress is tell, "the model itself keeps it"


def test_it_is_a_function_and_a_setting_of_the_model(at: Make, emulator: Emulator) -> None:
    async def tell(_progress: object) -> None: ...

    for wrong in ("print", tell):
        with pytest.raises(ValueError, match="on_progress= takes a function"):
            at(QUEUE, on_progress=wrong)
    with pytest.raises(ModelInvalidRequestError, match="on_progress= is a setting of the model"):
        at(QUEUE).invoke("Hello", on_progress=print)
    assert emulator.requests == []


async def test_an_error_of_the_users_own_function_goes_through_and_the_job_is_cancelled(
    at: Make, emulator: Emulator, how: How
) -> None:
    def fail(_: Progress) -> None:
        raise LookupError("mine")

    emulator.script(ENDLESS, host="fal")
    with pytest.raises(LookupError, match="mine"):
        await ask(at(QUEUE, on_progress=fail), how, "Hello")
    assert len(cancels(emulator)) == 1


async def test_where_there_is_no_job_nothing_is_told(at: Make, how: How) -> None:
    told: list[Progress] = []
    for row in (Row("fal", "sync"), Row("openrouter", "chat")):
        assert (await ask(at(row, on_progress=told.append), how, "Hello")).text
    assert told == []


# --- no job is left behind ------------------------------------------------------------------------


def cancelled_once(emulator: Emulator) -> bool:
    """Whether the one job was cancelled, once, and was not asked about after that."""
    [put] = cancels(emulator)
    assert len(posts(emulator)) == 1
    return emulator.requests[-1] is put


async def test_when_the_time_is_up_the_job_is_cancelled(
    at: Make, emulator: Emulator, how: How
) -> None:
    emulator.script(ENDLESS, host="fal")
    with pytest.raises(ModelTimeoutError, match=r"job 0000.*running") as caught:
        await ask(at(QUEUE, timeout=1.5), how, "Hello")
    assert isinstance(caught.value, APITimeoutError)
    assert caught.value.phase == "total"
    assert caught.value.provider == "fal"
    assert cancelled_once(emulator)


@pytest.mark.parametrize("how", ["ainvoke", "astream"])
async def test_a_wait_that_is_over_cancels_the_job(at: Make, emulator: Emulator, how: How) -> None:
    emulator.script(ENDLESS, host="fal")
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(ask(at(QUEUE), how, "Hello"), 1.5)
    assert cancelled_once(emulator)


@pytest.mark.parametrize("how", ["ainvoke", "astream"])
async def test_a_task_that_is_cancelled_cancels_its_job(
    at: Make, emulator: Emulator, how: How
) -> None:
    emulator.script(ENDLESS, host="fal")
    llm = at(QUEUE).bind_tools([])
    task = asyncio.create_task(ask(llm, how, "Hello"))
    assert await asyncio.to_thread(eventually, lambda: len(emulator.requests) > 2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert cancelled_once(emulator)


async def test_the_calls_of_a_batch_are_cancelled_together(at: Make, emulator: Emulator) -> None:
    emulator.script(*[ENDLESS] * 4, host="fal")
    task = asyncio.create_task(at(QUEUE).abatch(["a", "b", "c", "d"]))
    assert await asyncio.to_thread(eventually, lambda: len(emulator.requests) > 12)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(eventually, lambda: len(cancels(emulator)) == 4)
    assert len({seen.path for seen in cancels(emulator)}) == 4


async def test_an_agent_that_is_cancelled_leaves_no_job(at: Make, emulator: Emulator) -> None:
    agents = pytest.importorskip("langchain.agents")
    emulator.script(ENDLESS, host="fal")
    agent = agents.create_agent(at(QUEUE))
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(agent.ainvoke({"messages": [("user", "Hello")]}), 1.5)
    assert await asyncio.to_thread(eventually, lambda: len(cancels(emulator)) == 1)
    assert cancelled_once(emulator)


# --- what goes wrong with a job -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("job", "kind", "match"),
    [
        (
            Job(statuses=[{"status": "COMPLETED", "error": "x", "error_type": "startup_timeout"}]),
            ModelAPIError,
            "504",
        ),
        (Job(result=Fault.status(422, code="content_policy_violation")), ContentFilterError, "422"),
        (Job(result=Fault.status(422, code="image_load_error")), ModelInvalidRequestError, "422"),
        (Fault.status(429), ModelRateLimitError, "2 calls at once"),
    ],
)
async def test_a_job_that_failed_is_langchains_error(
    at: Make, emulator: Emulator, how: How, job: Any, kind: type[Exception], match: str
) -> None:
    emulator.script(job, host="fal")
    with pytest.raises(kind, match=match):
        await ask(at(QUEUE, max_retries=0), how, "Hello")
    assert len(posts(emulator)) == 1
    assert not cancels(emulator), "it is over, or never was"


async def test_looks_that_fail_say_nothing_of_the_job(
    at: Make, emulator: Emulator, how: How
) -> None:
    looks: list[Any] = [Fault.status(429, retry_after=0), RUNNING, Fault.html(502), RUNNING]
    emulator.script(Job(Answer(text="Done"), statuses=looks), host="fal")
    assert (await ask(at(QUEUE), how, "Hello")).text == "Done"
    assert len(posts(emulator)) == 1


async def test_a_job_that_may_have_been_made_is_not_made_again(
    at: Make, emulator: Emulator, how: How
) -> None:
    emulator.script(Fault.refuse(), host="fal")
    with pytest.raises(Exception, match="may have been accepted, so it is not sent again") as got:
        await ask(at(QUEUE), how, "Hello")
    assert not got.value.is_retryable, "nor by LangChain's retries"  # type: ignore[attr-defined]  # a ModelError
    assert len(posts(emulator)) == 1
