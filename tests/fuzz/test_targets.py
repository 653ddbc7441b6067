"""The targets of the coverage-guided search run, and hold, before it begins."""

import pytest

from tests.fuzz.targets import TARGETS, dictionary

PACKAGES = {"langchain": "langchain_core", "llamaindex": "llama_index.core"}


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_takes_its_seeds_and_what_is_cut_off_of_them(name: str) -> None:
    if name in PACKAGES:
        pytest.importorskip(PACKAGES[name], exc_type=ImportError)
    target = TARGETS[name]()
    assert target.seeds
    for seed in (b"", *target.seeds):
        for data in (seed, seed[: len(seed) // 2]):
            target.run(data)
    assert "\n".join(dictionary(target.words)).isascii()
