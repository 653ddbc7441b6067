"""What the hosts' modules share: a refusal, the endpoint that sends it, and the caller's key.

Knows Starlette's routes; what is refused, and in which words, is each host's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request

from seed_core.emulator.delivery import Delivery
from seed_core.emulator.seen import Seen
from seed_core.emulator.sending import as_json

__all__ = ["Refused", "answering", "bearer"]


class Refused(Exception):  # noqa: N818  (it is the host's answer, not a failure of this code)
    """A request that the host refuses, and the whole answer to it."""

    def __init__(
        self, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        """Hold the status, the body and extra headers."""
        super().__init__(str(body))
        self.status = status
        self.body = dict(body)
        self.headers = dict(headers or {})


def answering(act: Callable[[Request], Delivery]) -> Callable[[Request], Any]:
    """Make an endpoint: a refusal becomes its response."""

    async def endpoint(request: Request) -> Delivery:
        try:
            return act(request)
        except Refused as refused:
            return as_json(refused.body, refused.status, refused.headers)

    return endpoint


def bearer(seen: Seen) -> str:
    """Give the key of an `Authorization: Bearer` header, empty if there is none."""
    scheme, _, key = seen.headers.get("authorization", "").strip().partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""
