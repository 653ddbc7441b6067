"""pyproject.toml, read: what is declared, before anything is built from it."""

import sys
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # pytest brings it along

ROOT = Path(__file__).parents[2]
DECLARED: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT: dict[str, Any] = DECLARED["project"]
NAME = PROJECT["name"]


def required(extra: str = "") -> list[Requirement]:
    """What is installed with this extra beyond the base, or the base itself."""
    said = PROJECT["optional-dependencies"][extra] if extra else PROJECT["dependencies"]
    return [Requirement(one) for one in said]
