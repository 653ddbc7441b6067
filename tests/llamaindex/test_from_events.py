"""Events as responses: a stream ends in what a whole reply says, however it was cut."""

import logging
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llama_index.core.base.llms.types import ChatResponse

from llamaindex_seed.from_events import Responses
from seed_core.events import (
    Citation,
    Cost,
    Event,
    FileAnnotation,
    Finish,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    ToolCallDelta,
    Usage,
    coalesce,
    collect,
)
from seed_core.types import ReplayState
from tests.llamaindex.samples import DETAILS

FINISH = Finish(
    "stop",
    usage=Usage(5, 7, 3, 1, 0),
    cost=Cost(0.5, "reported"),
    provider="openrouter",
    model="m",
    raw={"id": "gen-1", "usage": {"prompt_tokens": 5}},
)


def fresh(**settings: Any) -> Responses:
    """A translation of its own."""
    given_settings: dict[str, Any] = {
        "mirror_reasoning": True,
        "single_call": False,
        "prompt_tokens": lambda: 99,
    }
    return Responses(**{**given_settings, **settings})


def streamed(events: list[Event], **settings: Any) -> list[ChatResponse]:
    """The responses of a stream."""
    responses = fresh(**settings)
    return [response for event in events for response in responses.of(event)]


PIECES = st.lists(st.text(max_size=5), max_size=4)


@st.composite
def replies(draw: st.DrawFn) -> list[Event]:
    """The events of one reply."""
    events: list[Event] = [ReasoningDelta(text) for text in draw(PIECES) if text]
    words = [TextDelta(text) for text in draw(PIECES) if text]
    events += words
    # Some hosts say a refusal as the text, too.
    refusal = st.one_of(PIECES, st.just([one.text for one in words]))
    events += [RefusalDelta(text) for text in draw(refusal) if text]
    for index in range(draw(st.integers(0, 3))):
        arguments = draw(st.sampled_from(['{"a": "b"}', "", '{"a": ', "[1]"]))
        cut = draw(st.integers(0, len(arguments)))
        events.append(ToolCallDelta(index, arguments[:cut], f"call_{index}", "f"))
        events.append(ToolCallDelta(index, arguments[cut:]))
    if draw(st.booleans()):
        events.append(Citation("https://example.com", "A", "Said.", 0, 1))
    if draw(st.booleans()):
        events.append(FileAnnotation({"file": {"hash": "abc"}}))
    if draw(st.booleans()):
        events.append(ReplayState("openrouter", tuple(DETAILS)))
    return [*events, FINISH]


@given(replies(), st.booleans(), st.booleans())
def test_the_last_chunk_is_the_whole_reply(
    events: list[Event],
    mirror: bool,
    single: bool,
) -> None:
    settings = {"mirror_reasoning": mirror, "single_call": single}
    whole = fresh(**settings).whole(collect(events))
    for pieces in (events, coalesce(events)):
        last = streamed(list(pieces), **settings)[-1]
        assert last.delta == ""
        assert last.model_copy(update={"delta": None}) == whole


@given(replies())
def test_chunks_add_up_and_share_no_list(events: list[Event]) -> None:
    responses = streamed(events)
    last = responses[-1]
    assert "".join(response.delta or "" for response in responses) == (last.message.content or "")
    thought = [response.additional_kwargs.get("thinking_delta", "") for response in responses]
    assert "".join(thought) == last.message.additional_kwargs.get("reasoning_content", "")
    assert len({id(response.message.blocks) for response in responses}) == len(responses)
    kinds = [block.block_type for block in last.message.blocks]
    order = ("thinking", "text", "tool_call", "citation")
    assert kinds == sorted(kinds, key=order.index)
    assert kinds.count("thinking") <= 1
    assert kinds.count("text") <= 1


def test_a_chunk_that_was_kept_does_not_change() -> None:
    events: list[Event] = [
        ToolCallDelta(0, '{"a"', "c", "f"),
        ToolCallDelta(0, ": 1}"),
        TextDelta("x"),
        FINISH,
    ]
    responses = fresh()
    kept: list[tuple[ChatResponse, str]] = []
    for event in events:
        kept.extend((response, response.model_dump_json()) for response in responses.of(event))
    assert all(response.model_dump_json() == then for response, then in kept)


def test_the_counters_are_what_the_host_told() -> None:
    told = streamed([TextDelta("Yes."), FINISH])[-1]
    assert told.additional_kwargs == {
        "prompt_tokens": 5,
        "completion_tokens": 7,
        "total_tokens": 12,
        "reasoning_tokens": 3,
        "cached_tokens": 1,
        "cache_write_tokens": 0,
        "cost": 0.5,
        "cost_source": "reported",
        "provider": "openrouter",
        "model": "m",
        "finish_reason": "stop",
    }
    usage = {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}
    assert told.raw == {"id": "gen-1", "usage": usage}


def test_what_the_host_did_not_count_is_estimated() -> None:
    finish = replace(FINISH, usage=None, raw={})
    told = streamed([TextDelta("four words of text"), finish])[-1]
    usage = {"estimated": True, "prompt_tokens": 99, "completion_tokens": 5, "total_tokens": 104}
    assert told.raw == {"usage": usage}


@pytest.mark.parametrize(
    ("words", "refusal", "content"),
    [
        (["I ca", "nnot."], ["I ", "cannot."], "I cannot."),
        (["I cannot."], ["I can", " not."], "I cannot.I can not."),
        ([], ["I ", "cannot."], "I cannot."),
        (["Well."], ["I cannot."], "Well.I cannot."),
    ],
)
def test_a_refusal_that_repeats_the_text_is_said_once(
    words: list[str], refusal: list[str], content: str
) -> None:
    events: list[Event] = [TextDelta(text) for text in words]
    events += [RefusalDelta(text) for text in refusal]
    responses = streamed([*events, FINISH])
    whole = fresh().whole(collect([*events, FINISH]))
    for message in (responses[-1].message, whole.message):
        assert message.content == content
        assert message.additional_kwargs["refusal"] == "".join(refusal)
    assert "".join(response.delta or "" for response in responses) == content


def test_a_total_that_the_host_told_is_kept() -> None:
    raw = {"usage": {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 20}}
    told = streamed([TextDelta("Yes."), replace(FINISH, raw=raw)])[-1]
    assert told.raw == raw
    assert told.additional_kwargs["total_tokens"] == 20


def test_an_answer_of_reasoning_alone_is_said_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING, logger="llamaindex_seed"):
        last = streamed([ReasoningDelta("It is 42."), FINISH])[-1]
    assert last.message.content is None
    assert "only reasoned" in caplog.text
    assert "It is 42." not in caplog.text


def test_an_answer_in_words_is_not_said_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    streamed([ReasoningDelta("hm"), TextDelta("Yes."), FINISH])
    streamed([ReasoningDelta("hm"), ToolCallDelta(0, "{}", "c", "f"), FINISH])
    assert caplog.records == []
