"""The wheel and the source distribution, installed for real into environments of their own."""

import shutil

import pytest

from tests.packaging.environments import ROOT, build, fresh
from tests.packaging.installs import EXTRAS, install, prove

pytest.importorskip("hatchling")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return build(ROOT, tmp_path_factory.mktemp("dist"))


@pytest.mark.parametrize("extra", EXTRAS)
def test_a_wheel_with_this_extra_does_what_it_promises(built, tmp_path, extra):
    environment = fresh(tmp_path / "environment")
    install(environment, built[0], extra)
    prove(environment, extra)
    # Some tens of megabytes, which pytest would keep.
    shutil.rmtree(environment.folder)


# It builds the same wheel (test_distribution.py), so once is enough.
def test_a_source_distribution_does_what_it_promises(built, tmp_path):
    environment = fresh(tmp_path / "environment")
    install(environment, built[1], "")
    prove(environment, "")


def test_what_is_not_installed_does_not_pass_for_it(built, tmp_path):
    environment = fresh(tmp_path / "environment")
    install(environment, built[0], "")
    with pytest.raises(RuntimeError, match="ImportError: langchain_seed needs LangChain"):
        prove(environment, "langchain")
