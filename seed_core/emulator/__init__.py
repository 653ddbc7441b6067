"""The hosts as seen on the wire: for tests, examples and your own CI. It is not the model.

It listens on a real socket, refuses what a host refuses, ignores what a host ignores, and answers
by rule or from a script. It imports nothing else of `seed_core`: it exists to check the client, so
it must not share the client's ideas.

Example:
    >>> from seed_core.emulator import Answer, Emulator
    >>> with Emulator() as emulator:
    ...     emulator.script(Answer(text="Hello"))
    ...     base_url = emulator.url("openrouter")
"""

from __future__ import annotations

try:
    import starlette
    import uvicorn
except ImportError as error:
    _message = 'the emulator needs Starlette and uvicorn: pip install "seed-integrations[emulator]"'
    raise ImportError(_message) from error

from seed_core.emulator.charges import Charge
from seed_core.emulator.scripts import Answer, Fault, Job, Raw, ToolUse
from seed_core.emulator.seen import Seen, StoredFile
from seed_core.emulator.server import Emulator

__all__ = ["Answer", "Charge", "Emulator", "Fault", "Job", "Raw", "Seen", "StoredFile", "ToolUse"]

del starlette, uvicorn
