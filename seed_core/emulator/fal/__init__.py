"""fal as seen on the wire: Seed 2.0 Mini called at once or through the queue, files, and a chat.

From the host's model page, its documentation, its clients' sources and recorded errors. The real
host has a domain for each of the addresses that stand here below one.
"""

from seed_core.emulator.fal.host import Fal

__all__ = ["Fal"]
