"""Print the lowest supported version of each dependency, as constraints for pip.

The floors are those of the installed project, so that what is promised is what is tested.

    python tests/packaging/floors.py langchain,emulator > constraints.txt
"""

import sys
from collections.abc import Iterable
from importlib.metadata import requires

from packaging.requirements import Requirement
from packaging.version import Version


def floors(extras: list[str], stated: Iterable[str]) -> dict[str, Version]:
    """The highest of the floors that the project and these extras state for each package."""
    lowest: dict[str, Version] = {}
    for requirement in map(Requirement, stated):
        marker = requirement.marker
        if marker and not any(marker.evaluate({"extra": extra}) for extra in extras):
            continue
        for specifier in requirement.specifier:
            if specifier.operator == ">=":
                floor = Version(specifier.version)
                lowest[requirement.name] = max(floor, lowest.get(requirement.name, floor))
    return lowest


def constraints(extras: list[str], stated: Iterable[str]) -> str:
    """Those floors as lines of a constraints file."""
    return "".join(f"{name}=={version}\n" for name, version in floors(extras, stated).items())


if __name__ == "__main__":
    print(constraints(sys.argv[1].split(","), requires("seed-integrations") or ()), end="")
