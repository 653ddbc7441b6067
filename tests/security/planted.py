"""Something secret wherever a model takes it, to be looked for in all that is told and written."""

from typing import Any

from seed_core.emulator import Emulator
from tests.contract.rows import Row

KEY = "planted-key-that-nobody-may-see"
HEADER = "planted-header-that-nobody-may-see"
QUERY = "planted-query-that-nobody-may-see"


def found(told: str | bytes) -> list[str]:
    """The secrets in what was told."""
    text = told.decode("latin-1") if isinstance(told, bytes) else told
    return [secret for secret in (KEY, HEADER, QUERY) if secret in text]


def planted(row: Row, emulator: Emulator) -> dict[str, Any]:
    """The settings of a model that asks this host over this wire."""
    return {
        **row.settings(emulator),
        "key_in": row.key_in,
        "api_key": KEY,
        "default_headers": {"X-Gateway-Token": HEADER},
        "default_query": {"api_key": QUERY},
        "max_retries": 0,
    }
