"""Print the lowest supported version of each dependency, as constraints for pip.

The floors are those of the installed project, so that what is promised is what is tested.

    python tests/packaging/floors.py langchain,emulator > constraints.txt
"""

import sys
from importlib.metadata import requires

from packaging.requirements import Requirement
from packaging.version import Version


def floors(extras: list[str]) -> dict[str, Version]:
    """The highest of the floors that the project and these extras state for each package."""
    lowest: dict[str, Version] = {}
    for requirement in map(Requirement, requires("seed-integrations") or ()):
        marker = requirement.marker
        if marker and not any(marker.evaluate({"extra": extra}) for extra in extras):
            continue
        for specifier in requirement.specifier:
            if specifier.operator == ">=":
                floor = Version(specifier.version)
                lowest[requirement.name] = max(floor, lowest.get(requirement.name, floor))
    return lowest


if __name__ == "__main__":
    for name, version in floors(sys.argv[1].split(",")).items():
        print(f"{name}=={version}")
