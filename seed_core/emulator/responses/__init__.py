"""OpenAI's Responses wire, for every host that speaks it.

Written from the wire's documentation and from recorded traffic. What hosts differ in is one value,
`Dialect`; a flaw in a request is chat's `Flaw`, so that a host refuses on both wires alike.

Example:
    >>> face = Responses(Dialect(refuse=my_refusal, store="kept"))
    >>> asked = face.accept(seen.body)
    >>> prompt, cached = measure(asked, memory)
    >>> stamp = Stamp("resp_1", now, "seed", lambda answer: usage(answer, prompt, cached))
    >>> delivery = face.respond(asked, take(), stamp)
"""

from seed_core.emulator.responses.dialect import (
    Body,
    Dialect,
    echo,
    effort,
    searches,
    wants_seal,
    without_empty,
)
from seed_core.emulator.responses.face import Responses, Stamp
from seed_core.emulator.responses.fields import EFFORTS, STANDARD, metadata, reasoning
from seed_core.emulator.responses.parts import (
    DOCUMENTS,
    IMAGES,
    PARTS,
    SAID,
    VIDEOS,
    document,
    linked,
)
from seed_core.emulator.responses.reading import Asked, measure, usage
from seed_core.emulator.responses.seal import is_sealed, seal

__all__ = [
    "DOCUMENTS",
    "EFFORTS",
    "IMAGES",
    "PARTS",
    "SAID",
    "STANDARD",
    "VIDEOS",
    "Asked",
    "Body",
    "Dialect",
    "Responses",
    "Stamp",
    "document",
    "echo",
    "effort",
    "is_sealed",
    "linked",
    "measure",
    "metadata",
    "reasoning",
    "seal",
    "searches",
    "usage",
    "wants_seal",
    "without_empty",
]
