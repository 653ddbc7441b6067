"""What an emulated host charged for: one entry for each job that it accepted."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Charge"]


@dataclass(frozen=True)
class Charge:
    """One job, as it stands on the account."""

    job: str
    """The id by which the caller knows it."""
    usd: float
    """The price of all of its results."""
