"""Whatever came, and was read, can be handed to the frameworks: streamed and whole, to one end."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import strategies as st

from seed_core.events import Event, Finish, collect
from seed_core.flow import Opened, Response
from tests.fuzz.answers import BODIES, HELLO, STREAMS, WITH_TOOLS, sse
from tests.fuzz.calls import HOSTS, ONCE, STREAMING, kind_of, outcome, read, reading
from tests.fuzz.hostile import altered, damaged_events, tried, written
from tests.fuzz.test_wires import STRANGE


def events_of(data: st.DataObject) -> Sequence[Event]:
    """The events of a damaged answer, of a stream or a whole one; maybe without an end."""
    prompt = data.draw(st.sampled_from([HELLO, WITH_TOOLS]))
    if data.draw(st.booleans()):
        host = STREAMING[data.draw(st.sampled_from(list(STREAMING)))]
        kind = kind_of(host)
        good = data.draw(st.sampled_from(STREAMS[kind]))
        return read([sse(data.draw(damaged_events(good, STRANGE[kind])))], reading(host, prompt))
    host = HOSTS[data.draw(st.sampled_from(list(HOSTS)))]
    kind = kind_of(host)
    body = data.draw(altered(data.draw(st.sampled_from(BODIES[kind])), STRANGE[kind]))
    answers = [Response(200, {}, written(body))]
    got = outcome(host.call(prompt, stream=False, retry=ONCE), answers)
    return got.events if isinstance(got, Opened) else ()


def to_langchain(data: st.DataObject) -> None:
    from langchain_core.messages import AIMessage, AIMessageChunk

    from langchain_seed.from_events import Chunks, to_result
    from langchain_seed.to_prompt import to_messages

    events = events_of(data)
    answer, chunks = collect(events), Chunks()
    made = [chunk.message for event in events for chunk in chunks.of(event)]
    whole = to_result(answer).generations[0].message
    assert whole.text == answer.text
    assert isinstance(whole, AIMessage)
    assert len(whole.tool_calls) + len(whole.invalid_tool_calls) == len(answer.tool_calls)
    if made:
        first, *rest = made
        assert isinstance(first, AIMessageChunk)
        merged: Any = first.__add__(rest) if rest else first
        assert merged.text == answer.text
        if answer.finish is not None:
            assert merged.usage_metadata == whole.usage_metadata
            assert [call["name"] for call in merged.tool_calls] == [
                call["name"] for call in whole.tool_calls
            ]
            if not whole.invalid_tool_calls:  # in a stream they have what keeps them invalid
                assert repr(to_messages([merged])) == repr(to_messages([whole]))
    assert to_messages([whole])
    texts = [block["text"] for block in whole.content_blocks if block["type"] == "text"]
    assert "".join(texts) == answer.text


def to_llamaindex(data: st.DataObject) -> None:
    from llamaindex_seed.from_events import Responses
    from llamaindex_seed.names import REFUSAL
    from llamaindex_seed.to_prompt import to_messages

    single = data.draw(st.booleans())

    def fresh() -> Any:
        return Responses(mirror_reasoning=True, single_call=single, prompt_tokens=lambda: 1)

    events = events_of(data)
    responses = fresh()
    made = [one for event in events for one in responses.of(event)]
    whole = fresh().whole(collect(events))
    for last in [whole, *made[-1:]]:
        assert to_messages([last.message])
    if any(isinstance(event, Finish) for event in events):
        if not whole.message.additional_kwargs.get(REFUSAL):  # which stands where it came
            assert repr(to_messages([made[-1].message])) == repr(to_messages([whole.message]))
        usage = made[-1].raw["usage"]
        assert all(isinstance(usage[name], int) for name in ("prompt_tokens", "completion_tokens"))
        json.dumps(usage)


CHECKS = pytest.mark.parametrize(
    ("package", "check"), [("langchain_core", to_langchain), ("llama_index.core", to_llamaindex)]
)


@CHECKS
def test_any_answer(package: str, check: Callable[[st.DataObject], None]) -> None:
    pytest.importorskip(package, exc_type=ImportError)
    tried(check, 150)


@pytest.mark.slow
@CHECKS
def test_any_answer_at_length(package: str, check: Callable[[st.DataObject], None]) -> None:
    pytest.importorskip(package, exc_type=ImportError)
    tried(check, 500)
