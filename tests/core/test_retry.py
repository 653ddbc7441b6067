"""The rules of retrying, driven by hand: no clock, no socket."""

import time
from email.utils import formatdate

import pytest

from seed_core.errors import (
    APIConnectionError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    ContentFilterError,
    ContextOverflowError,
    InsufficientCreditError,
    InvalidReplyError,
    MediaError,
    NotFoundError,
    PermissionDeniedError,
    Phase,
    RateLimitError,
    SeedError,
    ServerError,
    StreamBrokenError,
)
from seed_core.events import TextDelta
from seed_core.flow import (
    Decoder,
    Flow,
    Headers,
    Opened,
    Request,
    Response,
    Retry,
    Send,
    exchange,
)
from seed_core.providers.explain import explain_response
from seed_core.providers.openrouter import OPENROUTER

REQUEST = Request("POST", "https://example.com")
OK = Response(200, {}, b"fine")


def read(response: Response) -> str:
    if not response.ok:
        raise explain_response(OPENROUTER, response)
    return response.body.decode()


def play(
    retry: Retry, *answers: Response | SeedError | Opened
) -> tuple[list[float], str | Opened | SeedError]:
    """The delays that a flow asked for, and its result or its error."""
    flow: Flow[str | Opened] = exchange(REQUEST, read, retry)
    send = next(flow)
    delays: list[float] = []
    for answer in answers:
        delays.append(send.delay)
        assert send.request is REQUEST
        try:
            send = flow.throw(answer) if isinstance(answer, SeedError) else flow.send(answer)
        except StopIteration as stop:
            return delays, stop.value
        except SeedError as error:
            return delays, error
    raise AssertionError(f"the flow wants more: {send}")


def status(code: int, headers: dict[str, str] | None = None, body: bytes = b"") -> Response:
    return Response(code, headers or {}, body)


FIXED = Retry(jitter=lambda: 0.5)


def test_a_good_answer_is_the_result_at_once() -> None:
    assert play(FIXED, OK) == ([0.0], "fine")
    opened = Opened([TextDelta("a")])
    assert play(FIXED, opened) == ([0.0], opened)


@pytest.mark.parametrize("code", [408, 409, 425, 429, 500, 502, 503, 504, 524, 529])
def test_a_status_that_may_pass_is_tried_again(code: int) -> None:
    assert play(FIXED, status(code), OK) == ([0.0, 0.25], "fine")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (400, BadRequestError),
        (401, AuthenticationError),
        (402, InsufficientCreditError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
        (413, BadRequestError),
        (422, BadRequestError),
        (302, SeedError),
        (412, SeedError),
    ],
)
def test_a_status_that_will_not_pass_is_raised_at_once(code: int, kind: type[SeedError]) -> None:
    delays, error = play(FIXED, status(code))
    assert delays == [0.0]
    assert isinstance(error, kind)


@pytest.mark.parametrize(
    "error",
    [
        APIConnectionError("refused"),
        StreamBrokenError("no event yet"),
        APITimeoutError("m", phase="connect"),
        APITimeoutError("m", phase="pool"),
        RateLimitError("error in a 200"),
        ServerError("error in a 200"),
    ],
)
def test_a_failure_of_the_network_before_the_first_event_is_tried_again(error: SeedError) -> None:
    assert play(FIXED, error, OK) == ([0.0, 0.25], "fine")


@pytest.mark.parametrize(
    "error",
    [
        APITimeoutError("m", phase="write"),
        APITimeoutError("m", phase="idle"),
        APITimeoutError("m", phase="total"),
        InvalidReplyError("html"),
        MediaError("gone"),
        ConfigurationError("bad"),
        ContextOverflowError("long"),
        ContentFilterError("no"),
    ],
)
def test_a_failure_that_another_try_cannot_mend_is_raised_at_once(error: SeedError) -> None:
    assert play(Retry(timeouts=True), error) == ([0.0], error)


@pytest.mark.parametrize("phase", ["read", "first_token"])
def test_a_call_that_may_have_been_billed_is_tried_again_only_if_asked(phase: Phase) -> None:
    error = APITimeoutError("m", phase=phase)
    assert play(FIXED, error) == ([0.0], error)
    asked = Retry(timeouts=True, jitter=lambda: 0.5)
    assert play(asked, error, OK) == ([0.0, 0.25], "fine")


@pytest.mark.parametrize("retries", [0, 1, 2, 5])
def test_max_retries_counts_retries(retries: int) -> None:
    delays, error = play(Retry(retries, jitter=lambda: 0.0), *[status(503)] * (retries + 1))
    assert len(delays) == retries + 1
    assert isinstance(error, ServerError)


def test_waits_double_up_to_eight_seconds() -> None:
    delays, _ = play(Retry(8, max_wait=1000, jitter=lambda: 1.0), *[status(503)] * 9)
    assert delays == [0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 8.0]


def test_waits_have_full_jitter() -> None:
    draws = iter([0.0, 1.0, 0.25])
    delays, _ = play(Retry(3, jitter=lambda: next(draws)), *[status(503)] * 4)
    assert delays == [0.0, 0.0, 1.0, 0.5]
    assert 0 <= Retry().jitter() <= 1


# --- what the host asks for -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({"retry-after": "3"}, b"", 3.0),
        ({"retry-after": "0"}, b"", 0.0),
        ({"retry-after": " 1.5 "}, b"", 1.5),
        ({"retry-after-ms": "250"}, b"", 0.25),
        ({"retry-after-ms": "250", "retry-after": "9"}, b"", 0.25),
        ({"retry-after-ms": "soon", "retry-after": "9"}, b"", 9.0),
        ({}, b'{"error": {"availability": {"retry_after": 7}}}', 7.0),
        ({}, b'{"error": {"retry_after": 6}}', 6.0),
        ({"retry-after": "2"}, b'{"error": {"availability": {"retry_after": 7}}}', 2.0),
        ({"retry-after": "Mon, 01 Jan 2001 00:00:00 GMT"}, b"", 0.0),
    ],
)
def test_the_wait_that_the_host_asks_for_is_kept_exactly(
    headers: dict[str, str], body: bytes, seconds: float
) -> None:
    delays, got = play(FIXED, status(429, headers, body), OK)
    assert (delays, got) == ([0.0, seconds], "fine")


def test_a_date_is_a_wait_until_then() -> None:
    headers = {"retry-after": formatdate(time.time() + 30, usegmt=True)}
    delays, _ = play(FIXED, status(503, headers), OK)
    assert 28 <= delays[1] <= 30


@pytest.mark.parametrize("said", ["soon", "-3", "nan", "inf", "", "Mon, 99 Foo 2001"])
def test_a_wait_that_cannot_be_read_is_none(said: str) -> None:
    assert play(FIXED, status(429, {"retry-after": said}), OK) == ([0.0, 0.25], "fine")


@pytest.mark.parametrize(
    ("code", "headers", "body", "again"),
    [
        (503, {"x-should-retry": "false"}, b"", False),
        (400, {"x-should-retry": "true"}, b"", True),
        (400, {"x-should-retry": "maybe"}, b"", False),
        (429, {}, b'{"error": {"availability": {"retryable": false}}}', False),
        (404, {}, b'{"error": {"availability": {"retryable": true}}}', True),
        (
            429,
            {"x-should-retry": "true"},
            b'{"error": {"availability": {"retryable": false}}}',
            True,
        ),
    ],
)
def test_the_hosts_word_on_retrying_goes_before_the_status(
    code: int, headers: dict[str, str], body: bytes, again: bool
) -> None:
    answer = status(code, headers, body)
    delays, got = play(FIXED, answer, *([OK] if again else []))
    assert (got == "fine") == again
    assert len(delays) == 1 + again


def test_a_host_that_asks_for_more_than_the_budget_ends_the_call_at_once() -> None:
    delays, error = play(Retry(max_wait=5), status(429, {"retry-after": "5.1"}))
    assert delays == [0.0]
    assert isinstance(error, RateLimitError)
    assert error.retry_after == 5.1
    assert "retry after 5.1 s" in str(error)


def test_the_budget_is_for_all_waits_together() -> None:
    slow = status(429, {"retry-after": "2"})
    delays, error = play(Retry(9, max_wait=5), slow, slow, slow)
    assert delays == [0.0, 2.0, 2.0]
    assert isinstance(error, RateLimitError)


def test_an_error_of_the_reader_itself_is_no_reason_to_send_again() -> None:
    def broken(_: Response) -> str:
        raise KeyError("bug")

    flow: Flow[str | Opened] = exchange(REQUEST, broken, FIXED)
    next(flow)
    with pytest.raises(KeyError):
        flow.send(OK)


def test_each_try_gets_the_same_decoder_factory_and_a_fresh_send() -> None:
    def factory(_: Headers) -> Decoder:
        raise AssertionError("no flow reads by itself")

    flow = exchange(REQUEST, read, FIXED, factory)
    first = next(flow)
    second = flow.throw(APIConnectionError("m"))
    assert first == Send(REQUEST, 0.0, factory)
    assert second == Send(REQUEST, 0.25, factory)


def test_a_request_shows_neither_its_headers_nor_its_body() -> None:
    shown = repr(Request("POST", "https://a.example", {"authorization": "Bearer sk-secret"}))
    assert "secret" not in shown
    assert "a.example" in shown


@pytest.mark.parametrize(
    ("code", "ok"), [(199, False), (200, True), (204, True), (299, True), (300, False)]
)
def test_a_response_is_ok_between_200_and_299(code: int, ok: bool) -> None:
    assert status(code).ok == ok
