"""Chat completions as OpenAI's wire has them, for every host that speaks it.

Written from the wire's documentation and from recorded traffic. What hosts differ in is a value:
`Dialect` for what they take, `Form` for how they write.

Example:
    >>> with refused_as(my_refusal):
    ...     check_fields(body, DIALECT)
    ...     check_messages(body.get("messages"), DIALECT)
    >>> answer, fault = settle(item, lambda: reply(read(body)), "call_{}".format)
    >>> told = overlaid(usage(answer, prompt_tokens(body)), answer)
    >>> envelope = Envelope("chatcmpl-1", 1_772_131_107, "seed", told)
    >>> send_answer(sheet(answer, envelope, FORM, fault, streamed=False, error=my_error), fault)
"""

from seed_core.emulator.chat.dialect import MEDIA, TEXT, Dialect
from seed_core.emulator.chat.face import settle, sheet
from seed_core.emulator.chat.fields import check_fields
from seed_core.emulator.chat.flaws import Flaw, refused_as
from seed_core.emulator.chat.messages import check_messages
from seed_core.emulator.chat.reading import (
    cache_key,
    media_tokens,
    message_tokens,
    prompt_tokens,
    read,
    stops,
)
from seed_core.emulator.chat.thoughts import Mirrored, Plain
from seed_core.emulator.chat.usage import overlaid, spent, usage
from seed_core.emulator.chat.writing import Envelope, Form, chunk

__all__ = [
    "MEDIA",
    "TEXT",
    "Dialect",
    "Envelope",
    "Flaw",
    "Form",
    "Mirrored",
    "Plain",
    "cache_key",
    "check_fields",
    "check_messages",
    "chunk",
    "media_tokens",
    "message_tokens",
    "overlaid",
    "prompt_tokens",
    "read",
    "refused_as",
    "settle",
    "sheet",
    "spent",
    "stops",
    "usage",
]
