"""Everything that goes wrong, and what must come of it: the data of the tests and of the page.

A case says how it is brought about and what a call then comes to, whole and streamed. What differs
at fal's queue, where a call is several requests, has a cell of its own. `Row.exceptions` would be
the place for a host that differs; none does but in its words.
"""

from __future__ import annotations
