"""Whatever a host sends, over whichever wire: events, or an error of ours."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import strategies as st

from seed_core.flow import Opened, Response
from seed_core.providers.base import Provider
from tests.fuzz.answers import BODIES, HELLO, QUEUE, STREAMS, WITH_TOOLS, sse
from tests.fuzz.calls import (
    HOSTS,
    ONCE,
    STREAMING,
    check_answers,
    check_stream,
    kind_of,
    outcome,
    read,
    reading,
)
from tests.fuzz.hostile import (
    CUTS,
    altered,
    damaged_bytes,
    damaged_events,
    each_replaced,
    keys_in,
    tried,
    values,
    words_in,
    written,
)

PROMPTS = st.sampled_from([HELLO, WITH_TOOLS])
STATUSES = st.sampled_from([200, 200, 200, 202, 301, 400, 403, 408, 422, 429, 500, 503, 529])
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "content-type",
            "date",
            "retry-after",
            "retry-after-ms",
            "x-fal-billable-units",
            "x-fal-error-type",
            "x-fal-retryable",
            "x-request-id",
            "x-should-retry",
        ]
    ),
    st.text(max_size=8)
    | st.sampled_from(
        [
            "nan",
            "1e999",
            "9" * 400,
            "9" * 5000,
            "-1",
            "Wed, 21 Oct 2015 07:28:00 +99999999999999999",
            "Wed, 21 Oct 99999999999999999999 07:28:00 GMT",
            "Mon, 01 Jan 0001 00:00:00 -0000",
            "Fri, 31 Dec 9999 23:59:59 -2359",
            "text/html",
        ]
    ),
    max_size=3,
)


def strange_of(kind: str) -> st.SearchStrategy[Any]:
    """Values of the wrong types, with the wire's own names and words."""
    known = [STREAMS.get(kind, []), BODIES.get(kind, [])]
    return values(sorted(keys_in(known)), sorted(words_in(known)))


STRANGE = {kind: strange_of(kind) for kind in (*STREAMS, "fal")}


def damaged_stream(data: st.DataObject) -> None:
    host = STREAMING[data.draw(st.sampled_from(list(STREAMING)))]
    kind = kind_of(host)
    good = data.draw(st.sampled_from(STREAMS[kind]))
    stream = sse(data.draw(damaged_events(good, STRANGE[kind])))
    if data.draw(st.booleans()):
        stream = data.draw(damaged_bytes(stream))
    check_stream(host, data.draw(PROMPTS), stream, data.draw(CUTS))


def stream_of_anything(data: st.DataObject) -> None:
    host = STREAMING[data.draw(st.sampled_from(list(STREAMING)))]
    events = data.draw(st.lists(STRANGE[kind_of(host)], max_size=4))
    check_stream(host, data.draw(PROMPTS), sse(events), data.draw(CUTS))


def damaged_replies(data: st.DataObject) -> None:
    host = HOSTS[data.draw(st.sampled_from(list(HOSTS)))]
    kind = kind_of(host)
    queued = host.api_name == "queue"
    good = [*QUEUE, *BODIES["fal"]] if queued else BODIES[kind]
    answers = []
    for place in range(data.draw(st.integers(1, 5 if queued else 3))):
        in_turn = queued and data.draw(st.booleans())
        body = good[place % len(good)] if in_turn else data.draw(st.sampled_from(good))
        if data.draw(st.integers(0, 2)):
            body = data.draw(altered(body, STRANGE[kind]))
        said = written(body)
        if data.draw(st.integers(0, 5)) == 0:
            said = data.draw(damaged_bytes(said))
        answers.append(Response(data.draw(STATUSES), data.draw(HEADERS), said))
    check_answers(host, data.draw(PROMPTS), answers)


def test_what_is_damaged_is_good_before_but_for_the_errors() -> None:
    for name, host in HOSTS.items():
        before = [Response(200, {}, written(body)) for body in QUEUE[:-1]]
        for body in BODIES[kind_of(host)]:
            answers = [
                *(before if host.api_name == "queue" else ()),
                Response(200, {}, written(body)),
            ]
            got = outcome(host.call(WITH_TOOLS, stream=False, retry=ONCE), answers)
            assert isinstance(got, Opened) != bool(body.get("error") or body.get("detail")), (
                name,
                got,
            )
    for name, host in STREAMING.items():
        for events in STREAMS[kind_of(host)]:
            read([sse(events)], decoder := reading(host, WITH_TOOLS))
            assert decoder.done != ("Slow down" in repr(events)), (name, decoder.failure)


CHECKS = pytest.mark.parametrize("check", [damaged_stream, stream_of_anything, damaged_replies])


@CHECKS
def test_whatever_comes(check: Callable[[st.DataObject], None]) -> None:
    tried(check, 100)


@pytest.mark.slow
@CHECKS
def test_whatever_comes_at_length(check: Callable[[st.DataObject], None]) -> None:
    tried(check, 500)


def host_on(kind: str) -> Provider:
    """The first host that speaks so."""
    return next(host for host in HOSTS.values() if kind_of(host) == kind)


@pytest.mark.parametrize("kind", BODIES)
def test_one_odd_value_at_any_place_of_a_reply(kind: str) -> None:
    host = host_on(kind)
    for number, body in enumerate(BODIES[kind]):
        for where, odd in each_replaced(body):
            for status in (200, 400):
                try:
                    check_answers(host, WITH_TOOLS, [Response(status, {}, written(odd))])
                except Exception as error:
                    raise AssertionError(f"{status}, body {number}: {where}") from error


@pytest.mark.slow
@pytest.mark.parametrize("kind", STREAMS)
def test_one_odd_value_at_any_place_of_a_stream(kind: str) -> None:
    host = host_on(kind)
    for number, events in enumerate(STREAMS[kind]):
        for place, event in enumerate(events):
            for where, odd in each_replaced(event):
                stream = sse([*events[:place], odd, *events[place + 1 :]])
                try:
                    check_stream(host, WITH_TOOLS, stream, (0.3, 0.6))
                except Exception as error:
                    raise AssertionError(f"stream {number}, event {place}: {where}") from error
