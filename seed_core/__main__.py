"""`python -m seed_core`: hosts, keys, abilities, prices, and with `--ping` whether they answer."""

from __future__ import annotations

from seed_core.doctor.command import main

if __name__ == "__main__":
    raise SystemExit(main())
