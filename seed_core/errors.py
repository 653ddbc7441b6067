"""Everything that can go wrong, named by who must act.

SeedError                       .provider .retryable .partial
├─ ConfigurationError           you: a missing key, a bad combination or range (a ValueError)
│  └─ UnsupportedError          you: this provider or model cannot do that
├─ MediaError                   you: a file that is missing, changed, too large, the wrong kind
├─ BudgetExceededError          you: the limit that you set on spending is reached
├─ APIStatusError               the host answered with an error
│  ├─ BadRequestError           400, 413, 422
│  │  ├─ ContextOverflowError   the conversation is longer than the model's context
│  │  └─ ContentFilterError     the host's moderation refused
│  ├─ AuthenticationError       401
│  ├─ InsufficientCreditError   402
│  ├─ PermissionDeniedError     403
│  ├─ NotFoundError             404
│  ├─ RateLimitError            429 (retryable)
│  └─ ServerError               5xx (retryable)
├─ APIConnectionError           the network (retryable)
│  ├─ APITimeoutError           .phase says which wait ran out
│  └─ StreamBrokenError         the stream stopped before its end; .partial has what came
├─ InvalidReplyError            the bytes are not the protocol, or not the schema asked for
└─ VideoJobError                the video task failed; .task_uuid names it, .reason has why
   └─ VideoJobTimeoutError      the wait ended before the task did, which goes on
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, TypeAlias

from seed_core.events import Finish, Reply

Phase: TypeAlias = Literal["connect", "pool", "write", "read", "first_token", "idle", "total"]


class SeedError(Exception):
    """The root of all errors of this project.

    Attributes:
        provider: the provider that was asked, if one was.
        retryable: whether the same request may succeed later.
        partial: the reply as far as it came, when a stream broke.
        earlier: the errors of the providers that were asked before, in order.
        paid_for: whether something that costs money may have come of it, which is not asked for
            again, here or elsewhere.
        answered: the end of an answer that had come before, and has its price: it did not fit, and
            asking once more came to this error.
    """

    retryable: bool = False
    paid_for: bool = False

    def __init__(
        self, message: str, *, provider: str | None = None, retryable: bool | None = None
    ) -> None:
        """Say what went wrong and what to do about it."""
        super().__init__(message)
        self.provider = provider
        self.partial: Reply | None = None
        self.earlier: tuple[SeedError, ...] = ()
        self.answered: Finish | None = None
        if retryable is not None:
            self.retryable = retryable


class ConfigurationError(SeedError, ValueError):
    """The call as written cannot be sent: nothing was."""


class UnsupportedError(ConfigurationError):
    """This provider or model cannot do what was asked: nothing was sent."""


class MediaError(SeedError, ValueError):
    """A picture, video or document cannot be used: nothing was sent."""


class BudgetExceededError(SeedError):
    """What may be spent is spent: nothing was sent. Not a ValueError: the call is as it should be.

    Attributes:
        spent_usd: what was spent, in USD, as far as it is known.
        max_usd: the limit that you set.
    """

    def __init__(
        self,
        message: str,
        *,
        provider: str | None = None,
        retryable: bool | None = None,
        spent_usd: float = 0.0,
        max_usd: float = 0.0,
    ) -> None:
        """Keep both amounts beside the message."""
        super().__init__(message, provider=provider, retryable=retryable)
        self.spent_usd = spent_usd
        self.max_usd = max_usd


class APIStatusError(SeedError):
    """The host answered with an error, in its status or in its body.

    Attributes:
        status_code: the HTTP status, or the status that the body names.
        code: the host's own word for the error, if it has one.
        request_id: the host's id of the request, if it gave one.
        body: the parsed body, or its first characters when it is not JSON.
        retry_after: seconds to wait, if the host said so.
    """

    advice: ClassVar[str] = ""

    def __init__(
        self,
        message: str,
        *,
        provider: str | None = None,
        status_code: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        body: Any = None,
        retry_after: float | None = None,
        headers: Mapping[str, str] | None = None,
        retryable: bool | None = None,
    ) -> None:
        """Keep what the host said beside the message."""
        super().__init__(message, provider=provider, retryable=retryable)
        self.status_code = status_code
        self.code = code
        self.request_id = request_id
        self.body = body
        self.retry_after = retry_after
        self.headers = dict(headers or {})


class BadRequestError(APIStatusError):
    """400, 413 or 422: the host refuses this request."""

    advice = "the host refuses the request as it is; change what it names"


class ContextOverflowError(BadRequestError):
    """The conversation does not fit the model's context."""

    advice = "shorten or summarise the conversation, or lower max_tokens"


class ContentFilterError(BadRequestError):
    """The host's moderation refused the prompt or the answer."""

    advice = "the content was refused; sending it again will not help"


class AuthenticationError(APIStatusError):
    """401: the key is missing or wrong."""

    advice = "check the key"


class InsufficientCreditError(APIStatusError):
    """402: the account has no credit left."""

    advice = "add credit or raise the key's limit"


class PermissionDeniedError(APIStatusError):
    """403: the key may not do this."""

    advice = "the key is valid but may not do this; check the account's settings and region"


class NotFoundError(APIStatusError):
    """404: no such model or address."""

    advice = "check model= and base_url="


class RateLimitError(APIStatusError):
    """429: too many requests, or an exhausted quota (then not retryable)."""

    advice = "slow down, or raise max_retries and max_retry_wait"
    retryable = True


class ServerError(APIStatusError):
    """5xx: the host or the provider behind it failed."""

    advice = "the host failed; try again later"
    retryable = True


class APIConnectionError(SeedError):
    """The host could not be reached, or the connection broke.

    `reached` is False where it is certain that the host never saw the request.
    """

    retryable = True

    def __init__(
        self,
        message: str,
        *,
        provider: str | None = None,
        retryable: bool | None = None,
        reached: bool = True,
    ) -> None:
        """Say what happened, and whether the host may have seen the request."""
        super().__init__(message, provider=provider, retryable=retryable)
        self.reached = reached


class APITimeoutError(APIConnectionError):
    """A wait ran out. `phase` says which: it is the name of the field of `Timeout`."""

    def __init__(self, message: str, *, phase: Phase = "read", provider: str | None = None) -> None:
        """Only a connection that was never made is safe to try again unasked."""
        unmade = phase in ("connect", "pool")
        super().__init__(message, provider=provider, retryable=unmade, reached=not unmade)
        self.phase: Phase = phase


class StreamBrokenError(APIConnectionError):
    """The stream stopped before its end. `partial` has what came, and it is not the answer."""


class InvalidReplyError(SeedError):
    """The host answered with something that is not its protocol, or not the schema asked for."""


class VideoJobError(SeedError):
    """The video task failed at the host. Another try is another task, and another charge.

    Attributes:
        task_uuid: the task, by which the host can be asked about it.
        reason: what the host said, as the error that tells who must act: a `ContentFilterError`
            for what moderation refused, a `ServerError` for what the host could not do, ...
    """

    def __init__(
        self,
        message: str,
        *,
        provider: str | None = None,
        retryable: bool | None = None,
        task_uuid: str | None = None,
        reason: APIStatusError | None = None,
    ) -> None:
        """Keep the task's name, so that nothing paid for is lost."""
        super().__init__(message, provider=provider, retryable=retryable)
        self.task_uuid = task_uuid
        self.reason = reason


class VideoJobTimeoutError(VideoJobError):
    """The wait ended before the task did. It goes on and is paid for: ask by `.task_uuid`."""
