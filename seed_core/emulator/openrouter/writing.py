"""How OpenRouter writes chat completions, as recorded: see the fields of `Form`."""

from __future__ import annotations

from seed_core.emulator.chat import Form, Mirrored

__all__ = ["FORM", "WHOLE"]

FORM = Form(
    thoughts=Mirrored(),
    every_role=True,
    beside_calls={"content": None},
    # An empty fragment always follows the opening one in the recordings.
    lead=("", ""),
    native_finish=True,
    # The index does not belong into a whole reply, and is there in every recorded one.
    indexed_calls=True,
    usage_by_shape=True,
)
WHOLE = {"system_fingerprint": None, "service_tier": None}
"""Keys of a whole reply. The generated SDKs need the first, although its value is null."""
