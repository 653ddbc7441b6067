"""Parametrises a test that wants a `row` over all of them, and one that wants a `way` likewise."""

import pytest

from tests.contract.rows import all_rows, ways


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Fill in `row` and `way`."""
    if "row" in metafunc.fixturenames:
        metafunc.parametrize("row", all_rows(), ids=str)
    if "way" in metafunc.fixturenames:
        metafunc.parametrize("way", ways(), ids=str)
