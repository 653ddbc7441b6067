"""What a host's refusal is: its class, its words, and whether it can be tried again."""

from dataclasses import dataclass

import pytest

from seed_core.emulator import Answer, Emulator, Fault
from seed_core.errors import (
    APIStatusError,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    ContentFilterError,
    ContextOverflowError,
    InsufficientCreditError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
)
from tests.contract.prompts import asking
from tests.contract.rows import KEY, Row, Way, all_rows, asked, last, ways_of
from tests.core.calling import AT_ONCE, ONCE

STATUSES: dict[int, tuple[type[APIStatusError], bool]] = {
    400: (BadRequestError, False),
    401: (AuthenticationError, False),
    402: (InsufficientCreditError, False),
    403: (PermissionDeniedError, False),
    404: (NotFoundError, False),
    413: (BadRequestError, False),
    422: (BadRequestError, False),
    429: (RateLimitError, True),
    500: (ServerError, True),
    502: (ServerError, True),
    503: (ServerError, True),
    504: (ServerError, True),
}

TELLS_REQUESTS = {"openrouter", "fal", "byteplus", "volcengine"}
"""Hosts whose headers name each request; EmpirioLabs' errors of the messages wire do, too."""


@pytest.mark.parametrize("status", STATUSES)
def test_a_status_is_its_class(emulator: Emulator, row: Row, status: int) -> None:
    kind, retryable = STATUSES[status]
    for way in ways_of(row):
        error = way.ask(emulator, Fault.status(status), retry=ONCE).failure(kind)
        unsure = row.may_have_taken(status)
        assert (error.status_code, error.retryable) == (status, retryable and not unsure)
        assert error.paid_for == unsure
        assert error.provider == row.provider
        assert f"{row.provider} answered {status}: " in str(error)
        assert "no further words" not in str(error)
        assert isinstance(error.body, dict)
        assert error.retry_after is None or row.emulated == "modelslab"
        named = row.emulated in TELLS_REQUESTS or (row.emulated, row.api) == (
            "empiriolabs",
            "messages",
        )
        assert bool(error.request_id) == named


def test_the_words_of_the_host_are_told(emulator: Emulator, way: Way) -> None:
    fault = Fault.status(400, message="The moon is in the wrong phase.")
    error = way.ask(emulator, fault, retry=ONCE).failure(BadRequestError)
    assert "The moon is in the wrong phase" in str(error)


def test_the_wait_that_the_host_asks_for_is_told_and_kept(emulator: Emulator, way: Way) -> None:
    limited = Fault.status(429, retry_after=7)
    error = way.ask(emulator, limited, retry=ONCE).failure(RateLimitError)
    assert error.retry_after == 7
    assert "retry after 7 s" in str(error)
    emulator.clear()
    short = Fault.status(429, retry_after=0.01)
    assert way.ask(emulator, short, Answer(text="ok"), retry=AT_ONCE).reply.text == "ok"
    assert len(asked(emulator)) == 2


# --- the hosts' own words -------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """An error as a host's documentation has it, and what it is."""

    status: int
    code: str
    kind: type[APIStatusError]
    retryable: bool = False

    def __str__(self) -> str:
        return f"{self.status} {self.code}"


def ark() -> list[Said]:
    sensitive = "InputTextSensitiveContentDetected.PolicyViolation"
    return [
        Said(400, "MissingParameter.messages", BadRequestError),
        Said(400, "InvalidParameter.UnsupportedParameter", BadRequestError),
        Said(400, "InvalidArgumentError.UnknownRole", BadRequestError),
        Said(400, "InvalidImageURL.EmptyURL", BadRequestError),
        Said(400, "OutofContextError", ContextOverflowError),
        Said(400, "InvalidEndpoint.ClosedEndpoint", BadRequestError),
        Said(400, sensitive, ContentFilterError),
        Said(400, "OutputVideoSensitiveContentDetected", ContentFilterError),
        Said(400, "InputImageRiskDetection", ContentFilterError),
        Said(400, "SensitiveContentDetected.SevereViolation", ContentFilterError),
        Said(400, "ContentSecurityDetectionError", ServerError, retryable=True),
        Said(400, "InvalidSubscription", PermissionDeniedError),
        Said(401, "AuthenticationError", AuthenticationError),
        Said(401, "InvalidAccountStatus", AuthenticationError),
        Said(403, "AccessDenied", PermissionDeniedError),
        Said(403, "OperationDenied.ServiceNotOpen", PermissionDeniedError),
        Said(403, "AccountOverdueError", InsufficientCreditError),
        Said(403, "OperationDenied.ServiceOverdue", InsufficientCreditError),
        Said(404, "InvalidEndpointOrModel.NotFound", NotFoundError),
        Said(404, "InvalidEndpointOrModel.ModelIDAccessDisabled", NotFoundError),
        Said(404, "ModelNotOpen", NotFoundError),
        Said(404, "UnsupportedModel", NotFoundError),
        Said(429, "RateLimitExceeded.EndpointRPMExceeded", RateLimitError, retryable=True),
        Said(429, "ModelAccountTpmRateLimitExceeded", RateLimitError, retryable=True),
        Said(429, "RequestBurstTooFast", RateLimitError, retryable=True),
        Said(429, "ServerOverloaded", RateLimitError, retryable=True),
        Said(429, "QuotaExceeded", RateLimitError),
        Said(429, "SetLimitExceeded", RateLimitError),
        Said(429, "InflightBatchsizeExceeded", RateLimitError),
        Said(500, "InternalServiceError", ServerError, retryable=True),
    ]


WORDS: dict[str, list[Said]] = {
    "empiriolabs": [
        Said(401, "missing_api_key", AuthenticationError),
        Said(401, "invalid_api_key", AuthenticationError),
        Said(402, "insufficient_credits", InsufficientCreditError),
        # The page gives no status for it.
        Said(404, "model_not_found", NotFoundError),
        Said(400, "model_not_found", NotFoundError),
        Said(429, "rate_limit_exceeded", RateLimitError, retryable=True),
        Said(503, "model_unavailable", ServerError, retryable=True),
        Said(502, "upstream_error", ServerError, retryable=True),
        Said(400, "context_length_exceeded", ContextOverflowError),
    ],
    "byteplus": ark(),
    "volcengine": ark(),
    "messages": [
        Said(400, "invalid_request_error", BadRequestError),
        Said(401, "authentication_error", AuthenticationError),
        Said(402, "billing_error", InsufficientCreditError),
        Said(403, "permission_error", PermissionDeniedError),
        Said(404, "not_found_error", NotFoundError),
        Said(413, "request_too_large", BadRequestError),
        Said(429, "rate_limit_error", RateLimitError, retryable=True),
        Said(500, "api_error", ServerError, retryable=True),
        Said(504, "timeout_error", ServerError, retryable=True),
        Said(529, "overloaded_error", ServerError, retryable=True),
    ],
}
"""By host, and of the messages wire at whatever host speaks it in Anthropic's own words."""


def documented(row: Row) -> list[Said]:
    if row.api == "messages":
        return [] if row.emulated == "modelslab" else WORDS["messages"]
    return WORDS.get(row.provider, [])


SAID = [(row, said) for row in all_rows() for said in documented(row)]


@pytest.mark.parametrize(("of", "said"), SAID, ids=str)
def test_a_documented_word_is_its_class(emulator: Emulator, of: Row, said: Said) -> None:
    fault = Fault.status(said.status, code=said.code)
    for way in ways_of(of):
        error = way.ask(emulator, fault, retry=ONCE).failure(said.kind)
        assert (error.status_code, error.retryable) == (said.status, said.retryable)
        assert error.code == said.code or (of.emulated, of.api) == ("openrouter", "messages")


# OpenRouter says there what it says by number.
SAID_LATE = [
    (of, said) for of, said in SAID if of.bare.wire.streams and of.emulated != "openrouter"
]


@pytest.mark.parametrize(("of", "said"), SAID_LATE, ids=str)
def test_a_documented_word_is_its_class_in_mid_stream_too(
    emulator: Emulator, of: Row, said: Said
) -> None:
    answer = Answer(text="abcdefgh" * 8, piece=4)
    fault = Fault.error_mid_stream(8, code=said.code, message="Sorry.", answer=answer)
    way = next(way for way in ways_of(of) if way.stream)
    error = way.ask(emulator, fault, retry=ONCE).failure(said.kind)
    assert error.partial.text
    assert (error.code, error.retryable) == (said.code, said.retryable)


# --- inside a 200 ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "words", "kind"),
    [
        (502, "The upstream died", ServerError),
        (429, "Rate limit exceeded. Maximum 5 queued requests allowed.", RateLimitError),
    ],
)
def test_an_error_inside_a_200_is_that_error(
    emulator: Emulator, way: Way, code: int, words: str, kind: type[APIStatusError]
) -> None:
    # ModelsLab's hint stands in the body, and would be waited for.
    fault = Fault.error_in_body(code, words, {"retry_after": 0})
    # fal's own form has no word for a limit, only a status, and here there is none.
    kind = ServerError if way.row.terse else kind
    error = way.ask(emulator, fault, retry=ONCE).failure(kind)
    assert error.paid_for == way.row.may_have_taken(code)
    assert error.retryable != error.paid_for
    assert words.rstrip(".") in str(error)
    if way.row.queued:  # a job that may have been made is not made again
        return
    assert way.ask(emulator, fault, Answer(text="At last")).reply.text == "At last"


def test_an_error_beside_a_part_of_the_answer_is_that_error(emulator: Emulator, way: Way) -> None:
    fault = Fault.error_in_choice(502, "The upstream died", answer=Answer(text="Half"))
    error = way.ask(emulator, fault, retry=ONCE).failure(ServerError)
    assert "The upstream died" in str(error)
    assert error.partial is None or error.partial.text in ("", "Half")


def test_a_page_of_html_is_called_that(emulator: Emulator, way: Way) -> None:
    error = way.ask(emulator, Fault.html(502), retry=ONCE).failure(ServerError)
    assert "an HTML page" in str(error)


def test_retries_end_with_the_last_error(emulator: Emulator, way: Way) -> None:
    faults = [Fault.status(503, message="down")] * 3
    error = way.ask(emulator, *faults).failure(ServerError)
    assert "down" in str(error)
    assert len(emulator.requests) == 3


# --- what the emulated hosts refuse by themselves -------------------------------------------------


def test_a_conversation_that_is_too_long_is_an_overflow(emulator: Emulator, row: Row) -> None:
    for way in ways_of(row)[:2]:
        outcome = way.ask(emulator, prompt=asking("x" * 1_200_000), retry=ONCE)
        if row.emulated == "modelslab" and row.api == "chat":
            # Its pages have neither a limit nor a word for it, so its emulation has none.
            assert outcome.error is None
            continue
        # The messages wire has no word for it, only prose.
        outcome.failure(BadRequestError if row.api == "messages" else ContextOverflowError)


def test_an_unknown_model_is_told(emulator: Emulator, way: Way) -> None:
    if way.row.api == "batch":
        return
    unknown = "no-such/model" if way.row.terse else "no-such-model"
    error = way.ask(emulator, model=unknown, retry=ONCE).error
    assert isinstance(error, (NotFoundError, BadRequestError)), error
    assert not error.retryable


# --- keys -----------------------------------------------------------------------------------------


def test_without_a_key_nothing_is_sent_where_one_is_needed(emulator: Emulator, way: Way) -> None:
    row = way.row.bare
    error = way.ask(emulator, api_key="", retry=ONCE).error
    if row.needs_key:
        assert type(error) is ConfigurationError
        assert f"no key for {row.name}: set {row.key_names[0]}" in str(error)
        assert emulator.requests == []
    else:
        assert isinstance(error, AuthenticationError)
        assert error.status_code == 401
        names = {"authorization", "x-api-key"}
        assert not names & set(last(emulator).headers)


def test_a_wrong_key_is_told_with_the_name_of_its_variable(emulator: Emulator, way: Way) -> None:
    error = way.ask(emulator, api_key="invalid").failure(AuthenticationError)
    assert error.status_code == 401
    assert f"check {way.row.bare.key_names[0]}, or api_key=" in str(error)
    assert len(emulator.requests) == 1


def test_the_key_goes_where_the_row_says_and_nowhere_else(emulator: Emulator, way: Way) -> None:
    assert way.ask(emulator).reply.text
    seen, wire = last(emulator), way.row.bare.wire
    scheme = way.row.bare.key_scheme
    forms = {"authorization": f"{scheme} {KEY}", "x-api-key": KEY}
    in_header = set() if way.row.key_in == "body" else set(wire.key_headers)
    assert {name for name in forms if name in seen.headers} == in_header
    assert all(seen.headers[name] == forms[name] for name in in_header)
    assert (seen.body.get("key") == KEY) == (way.row.key_in == "body")
    assert (KEY in seen.raw.decode()) == (way.row.key_in == "body")
    assert KEY not in seen.path


def test_a_key_that_the_host_repeats_is_not_shown(emulator: Emulator, way: Way) -> None:
    fault = Fault.status(400, message=f"I do not like {KEY}, {KEY}!", headers={"x-echo": KEY})
    error = way.ask(emulator, fault, retry=ONCE).failure(BadRequestError)
    for shown in (str(error), repr(error), repr(error.body), repr(error.headers)):
        assert KEY not in shown
    assert "I do not like ***" in str(error)
    assert KEY not in repr(way.row.at(emulator))
