"""ModelArk of BytePlus and Ark of Volcengine as seen on the wire: one implementation, two clouds.

Written from the vendor's documentation, the types of its SDK and recorded traffic; a reply carries
an id that begins with `021`, `reasoning_content`, and, from newer builds, the encrypted original.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from seed_core.emulator.ark.host import Ark
from seed_core.emulator.ark.models import BYTEPLUS, VOLCENGINE
from seed_core.emulator.scripts import Item

__all__ = ["Ark", "byteplus", "volcengine"]


def byteplus(take: Callable[[], Item | None], models: Sequence[str] = ()) -> Ark:
    """ModelArk of BytePlus, which knows `seed-` ids."""
    return Ark(BYTEPLUS, take, models)


def volcengine(take: Callable[[], Item | None], models: Sequence[str] = ()) -> Ark:
    """Ark of Volcengine, which knows `doubao-seed-` ids."""
    return Ark(VOLCENGINE, take, models)
