"""What follows from the settings of a model object alone, and every call asks for.

It is made with the first call, and anew after a setting has changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from seed_core.arguments import read_timeout

if TYPE_CHECKING:
    from seed_core.client import AsyncClient, Client
    from seed_core.settings import Settings
    from seed_core.spending import Spending
    from seed_core.types import Options


class Kept:
    """The clients and the options of one model object. None of them holds a connection.

    Args:
        of: the settings, as they stand in the object's `__dict__`: a copy has another.

    Attributes:
        of: the same.
        options: of the calls that say nothing of their own.
    """

    __slots__ = ("_async_client", "_client", "of", "options")

    def __init__(self, of: dict[str, Any] | None = None) -> None:
        """Nothing has been asked for yet."""
        self.of = of
        self._client: Client | None = None
        self._async_client: AsyncClient | None = None
        self.options: Options | None = None

    def client(self, settings: Settings, handlers: Iterable[object]) -> Client:
        """A client for threads: the kept one, unless some of the handlers count its calls."""
        spending = _counting(handlers)
        if self._client is not None and not spending:
            return self._client
        from seed_core.client import Client  # noqa: PLC0415 - the first call is soon enough

        made = Client(settings.hosts, http_client=settings.http_client, **_manner(settings))
        if spending:
            made.spending = spending
        else:
            self._client = made
        return made

    def async_client(self, settings: Settings, handlers: Iterable[object]) -> AsyncClient:
        """A client for event loops, likewise."""
        spending = _counting(handlers)
        if self._async_client is not None and not spending:
            return self._async_client
        from seed_core.client import AsyncClient  # noqa: PLC0415 - the same

        given = settings.http_async_client
        made = AsyncClient(settings.hosts, http_client=given, **_manner(settings))
        if spending:
            made.spending = spending
        else:
            self._async_client = made
        return made

    def __eq__(self, other: object) -> bool:
        """Model objects are equal whatever has been asked of them."""
        return other is None or isinstance(other, Kept)

    def __hash__(self) -> int:
        """One for all, since all are equal."""
        return hash(Kept)

    def __reduce__(self) -> tuple[type[Kept], tuple[()]]:
        """A copy of a model object begins anew, in this process or another."""
        return Kept, ()


def _counting(handlers: Iterable[object]) -> tuple[Spending, ...]:
    """Those of a framework's handlers that count what is spent."""
    if not handlers:
        return ()
    from seed_core.spending import among  # noqa: PLC0415 - the same

    return among(handlers)


def _manner(settings: Settings) -> dict[str, Any]:
    """How calls are made, in both colours."""
    from seed_core.flow import Retry  # noqa: PLC0415 - the same

    return {
        "timeout": read_timeout(settings.timeout),
        "retry": Retry(settings.max_retries, settings.max_retry_wait, settings.retry_timeouts),
        "coalesce": settings.coalesce,
        "on_progress": settings.on_progress,
        "transport": settings.transport,
    }
