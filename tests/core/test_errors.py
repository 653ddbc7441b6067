"""The tree of errors: who is whose child, what each carries, and that all of it travels."""

import inspect
import pickle
from copy import copy

import pytest

from seed_core import errors
from seed_core.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    BadRequestError,
    ConfigurationError,
    MediaError,
    SeedError,
)
from seed_core.events import Reply

TREE: dict[str, str] = {
    "SeedError": "Exception",
    "ConfigurationError": "SeedError",
    "UnsupportedError": "ConfigurationError",
    "MediaError": "SeedError",
    "BudgetExceededError": "SeedError",
    "APIStatusError": "SeedError",
    "BadRequestError": "APIStatusError",
    "ContextOverflowError": "BadRequestError",
    "ContentFilterError": "BadRequestError",
    "AuthenticationError": "APIStatusError",
    "InsufficientCreditError": "APIStatusError",
    "PermissionDeniedError": "APIStatusError",
    "NotFoundError": "APIStatusError",
    "RateLimitError": "APIStatusError",
    "ServerError": "APIStatusError",
    "APIConnectionError": "SeedError",
    "APITimeoutError": "APIConnectionError",
    "StreamBrokenError": "APIConnectionError",
    "InvalidReplyError": "SeedError",
    "VideoJobError": "SeedError",
    "VideoJobTimeoutError": "VideoJobError",
}
RETRYABLE = {"RateLimitError", "ServerError", "APIConnectionError", "StreamBrokenError"}
CLASSES: list[type[SeedError]] = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, SeedError) and kind.__module__ == errors.__name__
]


def test_the_tree_is_the_documented_one() -> None:
    assert {kind.__name__: kind.__bases__[0].__name__ for kind in CLASSES} == TREE
    drawn = errors.__doc__ or ""
    assert all(name in drawn for name in TREE)


def test_mistakes_of_the_caller_are_value_errors_too() -> None:
    assert issubclass(ConfigurationError, ValueError)
    assert issubclass(MediaError, ValueError)


@pytest.mark.parametrize("kind", CLASSES)
def test_retryable_is_what_may_succeed_later(kind: type[SeedError]) -> None:
    assert kind("m").retryable == (kind.__name__ in RETRYABLE)
    if kind is not APITimeoutError:
        assert kind("m", retryable=True).retryable
        assert not kind("m", retryable=False).retryable


@pytest.mark.parametrize(
    "phase", ["connect", "pool", "write", "read", "first_token", "idle", "total"]
)
def test_of_timeouts_only_a_connection_never_made_is_safe_to_retry(phase: errors.Phase) -> None:
    error = APITimeoutError("m", phase=phase)
    assert error.phase == phase
    assert error.retryable == (phase in ("connect", "pool"))


def full(kind: type[SeedError]) -> SeedError:
    """An error with all of its attributes set."""
    error: SeedError
    if issubclass(kind, APIStatusError):
        error = kind(
            "words",
            provider="host",
            status_code=418,
            code="teapot",
            request_id="r1",
            body={"error": {"message": "m"}},
            retry_after=1.5,
            headers={"x": "y"},
            retryable=True,
        )
    elif issubclass(kind, APITimeoutError):
        error = kind("words", provider="host", phase="idle")
    else:
        error = kind("words", provider="host", retryable=True)
    error.partial = Reply(text="so far")
    return error


@pytest.mark.parametrize("kind", CLASSES)
def test_every_error_travels_with_all_that_it_carries(kind: type[SeedError]) -> None:
    error = full(kind)
    for again in (pickle.loads(pickle.dumps(error)), copy(error)):
        assert type(again) is kind
        assert str(again) == "words"
        assert vars(again) == vars(error)
        assert again.partial == Reply(text="so far")


@pytest.mark.parametrize("kind", CLASSES)
def test_an_error_with_nothing_but_a_message_travels(kind: type[SeedError]) -> None:
    again = pickle.loads(pickle.dumps(kind("words")))
    assert (str(again), again.provider, again.partial) == ("words", None, None)
    assert again.retryable == kind("words").retryable


def test_every_error_of_a_host_says_what_to_do() -> None:
    silent = {
        kind.__name__ for kind in CLASSES if issubclass(kind, APIStatusError) and not kind.advice
    }
    assert silent == {"APIStatusError"}
    assert BadRequestError.advice != errors.ContextOverflowError.advice
    assert issubclass(errors.StreamBrokenError, APIConnectionError)
