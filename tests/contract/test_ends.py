"""How answers end: at a limit, at a stop text, or in the middle."""

import json
import logging
from typing import Literal

import pytest

from seed_core.emulator import Answer, Emulator, Fault, ToolUse
from seed_core.errors import (
    APIConnectionError,
    InvalidReplyError,
    RateLimitError,
    SeedError,
    ServerError,
    StreamBrokenError,
)
from tests.contract.prompts import WEATHER, asking
from tests.contract.rows import Way, asked, ways
from tests.core.calling import ONCE, Outcome

STREAMED = pytest.mark.parametrize("streamed", [way for way in ways() if way.stream], ids=str)
WHOLE = pytest.mark.parametrize("whole", [way for way in ways() if not way.stream], ids=str)

TEXT = "abcdefghijklmnopqrstuvwxyz" * 4
ANSWER = Answer(text=TEXT, piece=4)
"""Its first pieces of text come within the first six events of every wire."""


# --- limits ---------------------------------------------------------------------------------------


def test_a_limit_that_thinking_uses_up_leaves_nothing_and_that_is_said(
    emulator: Emulator, way: Way, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "seed_core"):
        reply = way.ask(emulator, prompt=asking(max_tokens=5)).reply
    assert (reply.text, reply.tool_calls) == ("", ())
    assert reply.finish is not None
    assert reply.finish.reason == "length"
    (said,) = [text for text in caplog.messages if "the answer is empty" in text]
    assert said.startswith(way.row.provider)
    assert "raise max_tokens" in said


def test_an_answer_that_was_cut_off_says_so(
    emulator: Emulator, way: Way, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "seed_core"):
        reply = way.ask(emulator, Answer(text="Half an ans", finish="length")).reply
    assert reply.text == "Half an ans"
    assert reply.finish is not None
    assert reply.finish.reason == ("unknown" if way.row.terse else "length")
    assert not caplog.messages


@pytest.mark.parametrize("came", ["", '{"city": "Par'])
def test_a_call_that_was_cut_off_cannot_be_taken_for_a_whole_one(
    emulator: Emulator, way: Way, came: str
) -> None:
    half = Answer(tool_calls=[ToolUse("get_weather", came)], finish="length")
    reply = way.ask(emulator, half, prompt=asking(tools=(WEATHER,))).reply
    assert reply.finish is not None
    assert reply.finish.reason == "length"
    (call,) = reply.tool_calls
    # Nothing at all would be read as a call without arguments.
    assert call.arguments
    with pytest.raises(ValueError, match=r"."):
        json.loads(call.arguments)


def test_moderation_of_an_answer_is_its_end(emulator: Emulator, way: Way) -> None:
    # The messages wire's word for it.
    word = "refusal" if way.row.api == "messages" else "content_filter"
    reply = way.ask(emulator, Answer(text="Well", finish=word)).reply
    assert reply.text == "Well"
    assert reply.finish is not None
    assert reply.finish.reason == ("unknown" if way.row.terse else "content_filter")


# --- stop texts -----------------------------------------------------------------------------------


def test_a_stop_text_ends_the_answer_and_is_not_in_it(emulator: Emulator, way: Way) -> None:
    said = "one END two. END three"
    whole = way.ask(emulator, prompt=asking(said, thinking="disabled")).reply.text
    assert said in whole
    for stop in (("END",), ("nowhere",), ("wo", "END"), ("two. END t",)):
        places = [whole.find(text) for text in stop if text in whole]
        reply = way.ask(emulator, prompt=asking(said, thinking="disabled", stop=stop)).reply
        assert reply.text == whole[: min(places, default=len(whole))], stop
        assert reply.finish is not None
        assert reply.finish.reason == ("stop" if places or not way.row.terse else "unknown")


# --- in the middle --------------------------------------------------------------------------------


def broke(outcome: Outcome, kind: type[SeedError], emulator: Emulator) -> SeedError:
    """The error of a stream that broke after its first event: what came is kept, once asked."""
    error: SeedError = outcome.failure(kind)
    assert error.partial is not None
    assert error.partial.finish is None
    assert error.partial.text
    assert TEXT.startswith(error.partial.text)
    assert len(error.partial.text) < len(TEXT)
    assert len(emulator.requests) == 1
    return error


@STREAMED
@pytest.mark.parametrize("how", ["close", "reset", "end"])
def test_a_cut_stream_is_an_error_and_never_a_short_answer(
    emulator: Emulator, streamed: Way, how: Literal["close", "reset", "end"]
) -> None:
    fault = Fault.cut(after=8, how=how, answer=ANSWER)
    error = broke(streamed.ask(emulator, fault), StreamBrokenError, emulator)
    assert error.provider == streamed.row.provider
    assert ".partial" in str(error)


@STREAMED
def test_a_stream_without_its_end_is_an_error(emulator: Emulator, streamed: Way) -> None:
    endless = Answer(text=TEXT, piece=4, finish=None, done=False)
    outcome = streamed.ask(emulator, endless, retry=ONCE)
    error = outcome.failure(StreamBrokenError)
    assert error.partial.text == TEXT


@STREAMED
@pytest.mark.parametrize(
    ("code", "words", "kind"),
    [
        (502, "The upstream died", ServerError),
        (429, "Rate limit exceeded. Slow down.", RateLimitError),
    ],
)
@pytest.mark.parametrize("finish", ["error", None])
def test_an_error_in_mid_stream_is_that_error(
    emulator: Emulator,
    streamed: Way,
    code: int,
    words: str,
    kind: type[SeedError],
    finish: Literal["error"] | None,
) -> None:
    fault = Fault.error_mid_stream(8, finish=finish, code=code, message=words, answer=ANSWER)
    error = broke(streamed.ask(emulator, fault), kind, emulator)
    assert words.rstrip(".") in str(error)
    assert error.provider == streamed.row.provider


@STREAMED
def test_rubbish_in_mid_stream_is_an_invalid_reply(emulator: Emulator, streamed: Way) -> None:
    fault = Fault.garbage(8, '{"choices": [', answer=ANSWER)
    broke(streamed.ask(emulator, fault), InvalidReplyError, emulator)


@STREAMED
def test_a_stream_in_small_pieces_is_the_same_answer(emulator: Emulator, streamed: Way) -> None:
    answer = Answer(text="Grüße \U0001f600", reasoning="Hm", piece=3)
    reply = streamed.ask(emulator, Fault.drip(0, 7, answer)).reply
    assert (reply.text, reply.reasoning) == ("Grüße \U0001f600", "Hm")


@WHOLE
@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_cut_whole_answer_is_an_error_and_not_asked_for_again(
    emulator: Emulator, whole: Way, how: Literal["close", "reset"]
) -> None:
    fault = Fault.cut(after=1, how=how, answer=ANSWER)
    outcome = whole.ask(emulator, fault)
    assert len(asked(emulator)) == 1
    if whole.row.queued:  # the result of a job can be fetched as often as it takes
        assert outcome.reply.text == TEXT
        return
    error = outcome.failure(APIConnectionError)
    assert "may be billed" in str(error)


@WHOLE
def test_a_whole_answer_of_another_form_is_an_invalid_reply(emulator: Emulator, whole: Way) -> None:
    for text in (
        "{}",
        "[]",
        "null",
        '"text"',
        "<html>",
        '{"choices": 1, "output": 1, "content": 1}',
    ):
        outcome = whole.ask(emulator, Fault.garbage(0, text), retry=ONCE)
        error = outcome.failure(InvalidReplyError)
        assert error.provider == whole.row.provider


def test_an_answer_that_never_came_is_asked_for_again(emulator: Emulator, way: Way) -> None:
    # A job that may have been made is not made again.
    lost = Fault.status(503) if way.row.queued else Fault.refuse()
    away = Fault.status(429, retry_after=0) if way.row.queued else Fault.html(502)
    assert way.ask(emulator, lost, away, Answer(text="At last")).reply.text == "At last"
    assert len(asked(emulator)) == 3
    assert len({seen.raw for seen in asked(emulator)}) == 1
