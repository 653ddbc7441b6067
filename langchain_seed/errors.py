"""The core's errors as LangChain knows them.

Every error here is both: `except seed_core.RateLimitError` and
`except langchain_core.exceptions.ModelRateLimitError` catch the same object, so LangChain's retry
and summarisation middleware work, and so does code that knows only this project.
"""

from __future__ import annotations

from typing import Any

from langchain_core import exceptions as lc
from pydantic_core import to_json

from seed_core import errors as core


class ErrorResponse:
    """An error's response in the form in which LangChain's tracing reads one."""

    def __init__(self, error: core.APIStatusError) -> None:
        """Take what the error kept."""
        self.status_code = error.status_code
        self.headers = error.headers
        self._body = error.body

    def json(self) -> Any:
        """The parsed body."""
        return self._body

    @property
    def text(self) -> str:
        """The body as text."""
        return self._body if isinstance(self._body, str) else to_json(self._body).decode()


class _Seen:
    """What LangChain looks for on an error."""

    @property
    def response(self) -> ErrorResponse | None:
        """The host's response, for the trace."""
        return ErrorResponse(self) if isinstance(self, core.APIStatusError) else None


class APIStatusError(_Seen, core.APIStatusError, lc.ModelError):
    """The host answered with an error."""


class BadRequestError(_Seen, core.BadRequestError, lc.ModelInvalidRequestError):
    """The host refuses this request."""


class ContextOverflowError(_Seen, core.ContextOverflowError, lc.ContextOverflowError):
    """The conversation does not fit the model's context."""


class ContentFilterError(_Seen, core.ContentFilterError, lc.ModelInvalidRequestError):
    """The host's moderation refused."""


class AuthenticationError(_Seen, core.AuthenticationError, lc.ModelAuthenticationError):
    """The key is missing or wrong."""


class InsufficientCreditError(_Seen, core.InsufficientCreditError, lc.ModelPermissionDeniedError):
    """The account has no credit left."""


class PermissionDeniedError(_Seen, core.PermissionDeniedError, lc.ModelPermissionDeniedError):
    """The key may not do this."""


class NotFoundError(_Seen, core.NotFoundError, lc.ModelNotFoundError):
    """No such model or address."""


class RateLimitError(_Seen, core.RateLimitError, lc.ModelRateLimitError):
    """Too many requests, or an exhausted quota."""


class ServerError(_Seen, core.ServerError, lc.ModelAPIError):
    """The host failed."""


class APIConnectionError(_Seen, core.APIConnectionError, lc.ModelConnectionError):
    """The host could not be reached, or the connection broke."""


class APITimeoutError(_Seen, core.APITimeoutError, lc.ModelTimeoutError):
    """A wait ran out."""


class StreamBrokenError(_Seen, core.StreamBrokenError, lc.ModelConnectionError):
    """The stream stopped before its end; `.partial` has what came."""


class InvalidReplyError(_Seen, core.InvalidReplyError, lc.ModelError):
    """The host's answer is not its protocol, or not the schema asked for."""


class ConfigurationError(_Seen, core.ConfigurationError, lc.ModelInvalidRequestError):
    """The call as written cannot be sent."""


class UnsupportedError(_Seen, core.UnsupportedError, lc.ModelInvalidRequestError):
    """This provider or model cannot do that."""


class MediaError(_Seen, core.MediaError, lc.ModelInvalidRequestError):
    """A picture, video or document cannot be used."""


class BudgetExceededError(_Seen, core.BudgetExceededError, lc.ModelError):
    """What may be spent is spent: nothing was sent."""


class VideoJobError(_Seen, core.VideoJobError, lc.ModelError):
    """The video task failed at the host."""


class VideoJobTimeoutError(_Seen, core.VideoJobTimeoutError, lc.ModelError):
    """The wait ended before the video task did. No `ModelTimeoutError`: that one is retried."""


_CLASSES: dict[type[core.SeedError], type[core.SeedError]] = {
    kind.__mro__[2]: kind
    for kind in (
        APIStatusError,
        BadRequestError,
        ContextOverflowError,
        ContentFilterError,
        AuthenticationError,
        InsufficientCreditError,
        PermissionDeniedError,
        NotFoundError,
        RateLimitError,
        ServerError,
        APIConnectionError,
        APITimeoutError,
        StreamBrokenError,
        InvalidReplyError,
        ConfigurationError,
        UnsupportedError,
        MediaError,
        BudgetExceededError,
        VideoJobError,
        VideoJobTimeoutError,
    )
}


def as_model_error(error: core.SeedError) -> core.SeedError:
    """The same error as one that LangChain knows, too."""
    # The core tells some errors apart for itself; outside they are what they are a kind of.
    kind = next((_CLASSES[one] for one in type(error).__mro__ if one in _CLASSES), None)
    if kind is None or isinstance(error, kind):
        return error
    known = kind(str(error))
    # `is_retryable` is what LangChain's retry middleware asks.
    known.__dict__.update(error.__dict__, is_retryable=error.retryable)
    return known


class _ModelErrors:
    """What `model_errors` is. It holds nothing, so one serves all."""

    __slots__ = ()

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> None:
        """Raise an error of the core in its other form."""
        if isinstance(error, core.SeedError):
            raise as_model_error(error) from error.__cause__


model_errors = _ModelErrors()
"""Lets every error of the core out as one that LangChain knows, too: `with model_errors: ...`."""
