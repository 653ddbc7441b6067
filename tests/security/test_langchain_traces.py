"""What LangChain's tracers post, and what is written down, holds no key, also of a failure."""

import copy
import json
import pickle
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("langchain_core", exc_type=ImportError)

from langchain_core.load import dumpd, dumps, loads
from langchain_core.messages import HumanMessage

from langchain_seed import ChatSeed, SeedanceTool
from seed_core.emulator import Emulator, Fault, Raw
from seed_core.errors import SeedError
from seed_core.polling import Progress
from tests.contract.rows import Row, all_rows
from tests.langchain.asking import HOWS, How, ask, beta
from tests.langchain.posting import Posted
from tests.security.listening import listening
from tests.security.planted import HEADER, KEY, QUERY, found, planted

REFUSED = json.dumps(
    {"error": {"code": 401, "message": f"No such key: {KEY}", "metadata": {"raw": f"{HEADER}"}}}
)


@pytest.fixture
def posted() -> Iterator[Posted]:
    posted = Posted()
    yield posted
    posted.tracer.wait_for_futures()


@pytest.mark.parametrize("trouble", [None, "refused", "closed"])
@pytest.mark.parametrize("row", all_rows(), ids=str)
async def test_no_run_that_is_posted_holds_a_secret(
    emulator: Emulator, posted: Posted, row: Row, trouble: str | None
) -> None:
    troubles: dict[str, Raw | Fault] = {
        "refused": Raw(401, body=REFUSED.encode()),
        "closed": Fault.refuse(),
    }
    how: How = HOWS[all_rows().index(row) % len(HOWS)]
    llm = ChatSeed(**planted(row, emulator), include_response_headers=True)
    if trouble:
        emulator.script(troubles[trouble], host=row.emulated)
        with pytest.raises(SeedError):
            await ask(llm, how, "Hello", config={"callbacks": [posted.tracer]})
    else:
        await ask(llm.bind_tools([]), how, "Hello", config={"callbacks": [posted.tracer]})
    written = posted.written()
    assert row.model in written
    assert not found(written)


def test_no_run_of_a_tool_that_is_posted_holds_a_secret(emulator: Emulator, posted: Posted) -> None:
    tool = SeedanceTool(api_key=KEY, base_url=emulator.url("runware"))
    emulator.script(Raw(401, body=REFUSED.encode()), host="runware")
    call = {"name": tool.name, "args": {"prompt": "A cat"}, "id": "c", "type": "tool_call"}
    with pytest.raises(SeedError):
        tool.invoke(call, config={"callbacks": [posted.tracer]})
    written = posted.written()
    assert "A cat" in written
    assert KEY not in written
    assert KEY not in f"{tool!r} {tool} {tool.model_dump()} {dumps(tool)}"
    assert KEY.encode() not in pickle.dumps(tool)


@pytest.mark.parametrize("row", all_rows(), ids=str)
def test_nothing_that_is_written_down_holds_a_secret(emulator: Emulator, row: Row) -> None:
    secret = KEY

    def listen(_: Progress) -> None:
        """A callback with a secret in its closure."""
        print(secret)

    llm = ChatSeed(**planted(row, emulator), on_progress=listen)
    several = ChatSeed(
        provider=[
            {"provider": "openrouter", "api_key": f"sk-or-v1-{KEY}", "headers": {"x": HEADER}},
            {"provider": "fal", "api_key": KEY, "query": {"sig": QUERY}},
        ]
    )
    for one in (llm, several, llm.bind_tools([]), llm.with_retry(), several | str):
        for each in (one, copy.copy(one), copy.deepcopy(one)):
            assert not found(f"{each!r} {each} {dumps(each)} {dumpd(each)}")
    for each in (llm, several, copy.deepcopy(llm)):
        shown = f"{each.model_dump()} {each.asdict()} {each._get_ls_params()} {each.hosts}"  # noqa: SLF001
        assert not found(shown)
        assert not found(pickle.dumps(each))
    assert emulator.requests == []


# --- what was written down, read again ------------------------------------------------------------


def written_elsewhere(url: str, **more: Any) -> str:
    """A model as somebody else may have written it down, with an address of theirs."""
    text = dumps(ChatSeed(provider="openrouter", api_key="sk-or-v1-0123456789", **more))
    said = json.loads(text)
    said["kwargs"]["base_url"] = url
    return json.dumps(said)


@beta
@pytest.mark.filterwarnings("ignore:The default value of `allowed_objects`")
def test_langchain_loads_no_model_unless_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", f"sk-or-v1-{KEY}")
    with listening() as elsewhere:
        text = written_elsewhere(elsewhere.url)
        for allowed in ("messages", "core", "all"):
            with pytest.raises((ValueError, ImportError)):
                loads(text, allowed_objects=allowed)
        with pytest.raises(ValueError, match="langchain_seed"):
            loads(text, allowed_objects=[HumanMessage], valid_namespaces=["langchain_seed"])
        assert elsewhere.heard == []


@beta
def test_an_address_of_a_model_that_is_loaded_can_be_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A model is as trusted as code: who allows it, and must not trust the text, checks it."""
    monkeypatch.setenv("OPENROUTER_API_KEY", f"sk-or-v1-{KEY}")

    def at_home(_: tuple[str, ...], kwargs: dict[str, Any]) -> None:
        if kwargs.get("base_url") or not isinstance(kwargs.get("provider"), str):
            raise ValueError("a model from elsewhere brings no address")

    allowed: dict[str, Any] = {
        "allowed_objects": [ChatSeed],
        "valid_namespaces": ["langchain_seed"],
        "init_validator": at_home,
    }
    with pytest.raises(ValueError, match="brings no address"):
        loads(written_elsewhere("http://127.0.0.1:9"), **allowed)
    text = dumps(ChatSeed(provider="openrouter", api_key="sk-or-v1-0123456789"))
    assert json.loads(text)["kwargs"]["api_key"]["id"] == ["OPENROUTER_API_KEY"]
    again = loads(text, **allowed)
    assert isinstance(again, ChatSeed)
    assert again.host.base_url == "https://openrouter.ai/api/v1"
