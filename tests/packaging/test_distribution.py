"""What is shipped: three typed packages, what describes them, and nothing else."""

import re
import shutil
import tarfile
import zipfile
from email.parser import Parser

import pytest
from packaging.requirements import Requirement

from seed_core.version import __version__
from tests.packaging.environments import build, metadata_of
from tests.packaging.pyproject import PROJECT, ROOT

pytest.importorskip("hatchling")
pytestmark = pytest.mark.slow

STEM = f"seed_integrations-{__version__}"
METADATA = f"{STEM}.dist-info"
PACKAGES = {"seed_core", "langchain_seed", "llamaindex_seed"}
NOT_CODE = {*(f"{package}/py.typed" for package in PACKAGES), "seed_core/providers/ADDING.md"}
# Beside the packages, a source distribution holds what describes and builds it.
SOURCES = {"CHANGELOG.md", "LICENSE", "README.md", "pyproject.toml", ".gitignore"}
STRAY = (
    ".env",
    "benchmarks/peers.py",
    "build/lib/seed_core/old.py",
    "notes.pem",
    "seed_core/__pycache__/types.cpython-310.pyc",
    "tests/test_stray.py",
    "tests/recordings/reply.json",
)
"""What may lie about where a release is built."""
NOT_FOR_OTHERS = {
    "a home folder": re.compile(rb"(?:/home/|/root/|/Users/)[\w.-]+"),
    "a private key or certificate": re.compile(rb"-----BEGIN [A-Z ]+-----"),
    "a key of a host": re.compile(rb"\b(?:sk-[\w-]{20,}|[0-9a-f-]{36}:[0-9a-f]{32})\b"),
}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """The tree as a release is built from it, untidy."""
    source = tmp_path_factory.mktemp("source")
    for name in (*PACKAGES, *SOURCES):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name)
        else:
            shutil.copy(ROOT / name, source / name)
    for name in STRAY:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text("")
    return source


@pytest.fixture(scope="module")
def built(source):
    """The wheel and the source distribution, built without reaching for an index."""
    return build(source, source / "dist")


@pytest.fixture(scope="module")
def in_wheel(built):
    with zipfile.ZipFile(built[0]) as wheel:
        return {name: wheel.read(name) for name in wheel.namelist()}


@pytest.fixture(scope="module")
def in_archive(built):
    with tarfile.open(built[1]) as archive:
        return {
            member.name.removeprefix(f"{STEM}/"): opened.read()
            for member in archive.getmembers()
            if (opened := archive.extractfile(member))
        }


def ours():
    return {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_packages_are_code_and_little_else():
    assert {name for name in ours() if not name.endswith(".py")} == NOT_CODE


def test_the_wheel_holds_the_packages_and_its_metadata(in_wheel):
    about = {"METADATA", "RECORD", "WHEEL", "licenses/LICENSE"}
    about |= {"entry_points.txt"} if "entry-points" in PROJECT else set()
    assert in_wheel.keys() == ours() | {f"{METADATA}/{name}" for name in about}


def test_the_source_distribution_holds_what_builds_the_wheel(in_archive):
    assert in_archive.keys() == ours() | SOURCES | {"PKG-INFO"}


@pytest.mark.parametrize("what", NOT_FOR_OTHERS)
def test_no_file_that_is_shipped_holds(in_wheel, in_archive, what):
    holding = {
        f"{name}: {found[0]!r}"
        for files in (in_wheel, in_archive)
        for name, content in files.items()
        if (found := NOT_FOR_OTHERS[what].search(content))
    }
    assert holding == set()


def test_no_file_that_is_shipped_names_where_it_was_built(in_wheel, in_archive, source):
    for folder in (source, ROOT):
        place = str(folder).encode()
        assert not [name for name, content in in_wheel.items() if place in content]
        assert not [name for name, content in in_archive.items() if place in content]


def test_the_source_distribution_builds_the_same_wheel(built, tmp_path):
    wheel, archive = built
    shutil.unpack_archive(archive, tmp_path, filter="data")
    again, _ = build(tmp_path / STEM, tmp_path / "dist")
    assert again.name == wheel.name == f"{STEM}-py3-none-any.whl"
    assert again.read_bytes() == wheel.read_bytes()


def test_the_wheel_is_for_any_machine_and_runs_nothing(in_wheel):
    said = Parser().parsestr(in_wheel[f"{METADATA}/WHEEL"].decode())
    assert said["Root-Is-Purelib"] == "true"
    assert said.get_all("Tag") == ["py3-none-any"]


def test_the_metadata_says_what_is_declared(built):
    said = metadata_of(built[0])
    assert said["Name"] == PROJECT["name"]
    assert said["Version"] == __version__
    assert said["License-Expression"] == "MIT"
    assert said["Requires-Python"] == PROJECT["requires-python"]
    assert said.get_all("Classifier") == PROJECT["classifiers"]
    assert "Typing :: Typed" in PROJECT["classifiers"]
    assert set(said.get_all("Provides-Extra", [])) == set(PROJECT["optional-dependencies"])
    # Addresses are named when there are some.
    assert said.get_all("Project-URL", []) == []


def test_the_metadata_requires_what_is_declared(built):
    said = [Requirement(one) for one in metadata_of(built[0]).get_all("Requires-Dist", [])]
    base = {Requirement(one) for one in PROJECT["dependencies"]}
    assert {one for one in said if one.marker is None} == base
    for extra, declared in PROJECT["optional-dependencies"].items():
        of_extra = {
            f"{one.name}{one.specifier}"
            for one in said
            if one.marker and one.marker.evaluate({"extra": extra})
        }
        wanted = [Requirement(one) for one in declared]
        if extra == "all":
            others = {one for want in wanted for one in want.extras}
            wanted = [
                Requirement(one)
                for name in others
                for one in PROJECT["optional-dependencies"][name]
            ]
        assert of_extra == {f"{one.name}{one.specifier}" for one in wanted}


def test_the_page_of_the_package_is_the_readme(built):
    said = metadata_of(built[0])
    assert said["Description-Content-Type"] == "text/markdown"
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert str(said.get_payload()).strip() == readme.strip()
