"""What is installed, which hosts have a key, what they can do and cost, and whether they answer.

`examine` reads all of it from the registry, the environment and the installed packages; nothing is
sent, and no framework is imported. `python -m seed_core` shows it; see `docs/doctor.md`.

Example:
    >>> from seed_core.doctor import examine
    >>> [host.name for host in examine().hosts][:2]
    ['openrouter', 'empiriolabs']
"""

from __future__ import annotations

from seed_core.doctor.facts import Host, Key, Ping, Report, Transport, Wire, examine

__all__ = ["Host", "Key", "Ping", "Report", "Transport", "Wire", "examine"]
