"""OpenRouter (openrouter.ai) as seen on the wire: its chat completions and what stands beside.

Written from the host's documentation and from recorded traffic; a reply of this host carries a
`gen-` id, keep-alive comments, reasoning in two mirrored fields and usage with a cost.
"""

from seed_core.emulator.openrouter.host import OpenRouter

__all__ = ["OpenRouter"]
