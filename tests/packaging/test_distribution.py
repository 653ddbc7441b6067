"""What is shipped: three typed packages, and nothing else."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from seed_core.version import __version__

pytest.importorskip("hatchling")

ROOT = Path(__file__).parents[2]
METADATA = f"seed_integrations-{__version__}.dist-info"
PACKAGES = {"seed_core", "langchain_seed", "llamaindex_seed"}
# Beside the packages, a source distribution holds what describes and builds it.
ABOUT = {"CHANGELOG.md", "LICENSE", "PKG-INFO", "README.md", "pyproject.toml", ".gitignore"}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The folder with a wheel and a source distribution, built without reaching for an index."""
    source = tmp_path_factory.mktemp("source")
    for name in (*PACKAGES, "CHANGELOG.md", "LICENSE", "README.md", "pyproject.toml", ".gitignore"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name)
        else:
            shutil.copy(ROOT / name, source / name)
    (source / "tests").mkdir()
    (source / "tests" / "test_stray.py").write_text("")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--directory", "dist"],
        cwd=source,
        check=True,
        capture_output=True,
        text=True,
    )
    return source / "dist"


@pytest.fixture(scope="module")
def in_wheel(built):
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        return wheel.namelist()


def files_of(package):
    return {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.mark.slow
def test_the_wheel_holds_the_three_packages_and_its_metadata(in_wheel):
    assert {name.split("/")[0] for name in in_wheel} == {
        *PACKAGES,
        METADATA,
    }


@pytest.mark.slow
@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_a_package_is_shipped_whole_and_typed(in_wheel, package):
    shipped = {name for name in in_wheel if name.startswith(f"{package}/")}
    assert f"{package}/py.typed" in shipped
    assert shipped == files_of(package)


@pytest.mark.slow
def test_the_licence_is_shipped(in_wheel):
    assert f"{METADATA}/licenses/LICENSE" in in_wheel


@pytest.mark.slow
def test_the_source_distribution_holds_nothing_else(built):
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = {member.name.split("/", 1)[1] for member in archive.getmembers()}
    assert {name.split("/")[0] for name in names} <= PACKAGES | ABOUT
    assert names >= set().union(*map(files_of, PACKAGES))
