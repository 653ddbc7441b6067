"""Flows driven by hand: what they send is seen, and what comes is said."""

from typing import Any, TypeVar

from seed_core.errors import SeedError
from seed_core.flow import Flow, Response, Send

T = TypeVar("T")


def play(flow: Flow[T], *answers: Response | SeedError) -> tuple[list[Send], Any]:
    """What a flow sent, and its result or its error. It must want just these answers."""
    left = list(answers)
    sends = [next(flow)]
    try:
        while left:
            answer = left.pop(0)
            if isinstance(answer, SeedError):
                sends.append(flow.throw(answer))
            else:
                sends.append(flow.send(answer))
    except StopIteration as stop:
        result = stop.value
    except (SeedError, KeyError) as error:
        result = error
    else:
        raise AssertionError(f"the flow wants more: {sends[-1]}")
    assert not left, f"the flow wants no more: {result!r}"
    return sends, result
