"""Many rows, asked a few at a time, into a file that can be gone on with whatever happens.

`python -m seed_core.batch in.jsonl -o out.jsonl` does it from the command line; `run` and `arun`
from code. The page `docs/batch.md` has the formats of both files.
"""

from __future__ import annotations

from seed_core.batch.plan import Plan
from seed_core.batch.results import Summary
from seed_core.batch.running import arun, run

__all__ = ["Plan", "Summary", "arun", "run"]
