"""Models on the emulator."""

import gc
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from pydantic import SecretStr

from llamaindex_seed import SeedanceToolSpec, SeedLLM, SeedMultiModal
from seed_core.emulator import Emulator
from seed_core.videos.runware import Runware
from tests.examples.conftest import hosts  # noqa: F401 - a fixture of both folders
from tests.llamaindex.filming import KEY as RUNWARE_KEY
from tests.llamaindex.filming import Spec
from tests.llamaindex.samples import KEY
from tests.rows import FAST, Row

# Some of LlamaIndex's places use what it, pydantic or the workflows package has deprecated.
_ITS_OWN = (
    "ignore::pydantic.warnings.PydanticDeprecatedSince20",
    "ignore:is_running called from within a step:DeprecationWarning",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Overlook LlamaIndex's own warnings in the tests of this folder, and in no others."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            for warning in _ITS_OWN:
                item.add_marker(pytest.mark.filterwarnings(warning))


@pytest.fixture(scope="module", autouse=True)
def _leave_no_memories() -> Iterator[None]:
    """Collect LlamaIndex's databases here, so that they do not warn in another folder's tests."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


Make: TypeAlias = Callable[..., SeedLLM]
Body: TypeAlias = Callable[[], Any]


@pytest.fixture
def make(emulator: Emulator) -> Make:
    """Builds models that talk to the emulator."""

    def build(**settings: Any) -> SeedLLM:
        given = {"provider": "openrouter", "api_key": KEY, "base_url": emulator.url("openrouter")}
        return SeedLLM(**{**given, **settings})

    return build


@pytest.fixture
def at(emulator: Emulator) -> Make:
    """Builds models at a provider, over one of its wires; of several rows, at one after another."""

    def build(*rows: Row, **settings: Any) -> SeedLLM:
        given = [row.settings(emulator) for row in rows]
        where = given[0] if len(given) == 1 else {"provider": given}
        return SeedLLM(**{**where, **settings})

    return build


@pytest.fixture
def llm(make: Make) -> SeedLLM:
    """A model that talks to the emulator, with its defaults."""
    return make()


@pytest.fixture
def multi_modal(emulator: Emulator) -> SeedMultiModal:
    """The multimodal class on the emulator."""
    return SeedMultiModal(provider="openrouter", api_key=KEY, base_url=emulator.url("openrouter"))


@pytest.fixture
def body(emulator: Emulator) -> Body:
    """Gives the body of the latest request."""
    return lambda: emulator.requests[-1].body


@pytest.fixture
def runware(emulator: Emulator) -> Runware:
    """The emulator, looked at often."""
    return Runware(emulator.url("runware"), SecretStr(RUNWARE_KEY), polling=FAST)


@pytest.fixture
def spec(runware: Runware) -> Spec:
    """Builds tool specs on the emulator."""
    return lambda **settings: SeedanceToolSpec(**{"runware": runware, **settings})
