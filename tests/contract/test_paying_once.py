"""What was answered in part was billed: nobody is asked for it a second time."""

import pytest

from seed_core.emulator import Answer, Emulator, Fault
from seed_core.errors import APIStatusError
from seed_core.events import Reply
from seed_core.flow import Retry
from tests.contract.prompts import asking
from tests.contract.rows import Way, ways

TWICE = Retry(2, jitter=lambda: 0.0)
LONG = Answer(text="half an answer, or more", reasoning="A thought that takes a while. " * 8)


# Where the host itself hides the reasoning, nothing of it comes that could be known of.
SHOWN = [way for way in ways() if way.stream and not way.row.has("hide_reasoning")]
# A whole message of the messages wire has no place for an error beside its content, nor has fal's.
BESIDE = [way for way in ways() if way.stream or not (way.row.api == "messages" or way.row.terse)]


@pytest.mark.parametrize("broken", SHOWN, ids=str)
def test_a_stream_that_breaks_in_hidden_reasoning_is_not_asked_for_again(
    emulator: Emulator, broken: Way
) -> None:
    prompt = asking("Hello", hide_reasoning=True)
    outcome = broken.ask(emulator, Fault.cut(after=9, answer=LONG), prompt=prompt, retry=TWICE)
    assert outcome.error is not None
    assert outcome.error.partial is not None
    assert outcome.error.partial.reasoning == ""
    assert len(emulator.requests) == 1


@pytest.mark.parametrize("failing", BESIDE, ids=str)
def test_an_error_after_half_an_answer_is_not_asked_for_again(
    emulator: Emulator, failing: Way
) -> None:
    fault = Fault.error_in_choice(502, answer=LONG)
    error = failing.ask(emulator, fault, retry=TWICE).error
    assert isinstance(error, APIStatusError)
    assert error.partial not in (None, Reply())
    assert len(emulator.requests) == 1
    assert not TWICE.moves_on(error)
