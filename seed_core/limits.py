"""How much of what a host sends is taken: far above what any host sends, and never without end.

Nobody needs to know these until a host, or something between, has gone wrong. Then the call ends
with an `InvalidReplyError` that names the limit, instead of filling the memory of the process.
"""

from __future__ import annotations

from seed_core.errors import InvalidReplyError

MIB = 1024 * 1024

EVENT_BYTES = 16 * MIB
"""Bytes of a stream within which an event must end. The longest event that hosts send is the last
one of a responses stream, which repeats the answer: some megabytes, where it is very long. It also
bounds what comes between two events: comments, and lines that nobody asked for."""

STREAM_BYTES = 256 * MIB
"""Bytes of a whole stream. Hosts spend up to 500 bytes on each token, and the longest answers that
any model here gives have about 130,000: 65 MB."""

REPLY_BYTES = 64 * MIB
"""Bytes of a whole reply, after decompression. A list of all models is the longest, with 2 MB. A
video goes to a file, under the limit that `save` is given."""

ERROR_BYTES = MIB
"""Bytes of the body of an error that are read. Some hosts repeat the prompt with its media in
front of what is wrong; what else there is stands in the beginning."""

ERROR_SECONDS = 20.0
"""Seconds that the body of an error may take. Its status is known; only words are missing."""

INFLATED_BYTES = MIB
"""Bytes that decompression makes at a time, whatever the compressed bytes would become: a thousand
times as much, where somebody wants that."""

INTERIM_BYTES = MIB // 4
"""Bytes of interim responses (1xx) in front of an answer."""

LIFE_SECONDS = 3600.0
"""Seconds in which only signs of life come, such as comments, although each of them ends a silence.
No answer takes longer to go on; who waits for one gives `idle` or `read` a longer time."""


def too_much(provider: str | None, limit: int, where: str) -> InvalidReplyError:
    """The error of a host that sends more than anybody takes.

    Args:
        provider: the host.
        limit: the bytes that it sent more than.
        where: where they stand, such as "in one reply".
    """
    msg = (
        f"{provider or 'the host'} sent more than {limit:,} bytes {where}, which no answer has: it "
        "is not read further. Check base_url=, and what stands between you and the host"
    )
    return InvalidReplyError(msg, provider=provider)
