"""EmpirioLabs (api.empiriolabs.ai) as seen on the wire: chat completions, responses and messages.

Written from the model's page and the vendor's documentation; no traffic of this host was recorded,
so what is assumed says so where it stands.
"""

from seed_core.emulator.empiriolabs.host import EmpirioLabs

__all__ = ["EmpirioLabs"]
