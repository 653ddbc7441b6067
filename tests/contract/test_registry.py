"""The contract's own contract: nothing in the registry is without its rows."""

from typing import get_args

from seed_core.capabilities import Feature
from seed_core.emulator import Emulator
from seed_core.providers import PROVIDERS
from seed_core.providers.base import Provider
from tests.contract.prompts import ASKS
from tests.contract.rows import Row, all_rows, ways
from tests.rows import BEHIND


def test_every_provider_on_every_wire_has_a_row_and_an_emulated_host(emulator: Emulator) -> None:
    known = {(row.provider, row.api, row.key_in) for row in all_rows()}
    for name, provider in PROVIDERS.items():
        assert {(name, api, "header") for api in provider.wires} <= known
        assert {(name, api, "body") for api in provider.body_key_wires} <= known
        assert BEHIND.get(name, name) in emulator.hosts, f"{name}: mount it, or add it to BEHIND"
    assert set(BEHIND) <= set(PROVIDERS)


def test_every_row_is_called_in_both_colours_and_streamed_where_it_can_be() -> None:
    found = {(way.row, way.colour, way.stream) for way in ways()}
    assert len(found) == len(ways())
    for row in all_rows():
        for colour in ("sync", "async"):
            assert (row, colour, False) in found
            assert ((row, colour, True) in found) == row.bare.wire.streams


def test_what_a_row_says_of_its_model_adds_up(row: Row) -> None:
    can = row.can
    assert not can.yes & can.no
    assert not can.yes & can.ignored
    features = set(get_args(Feature))
    assert (can.yes | can.no | can.ignored) <= features
    assert set(can.words) | set(can.ranges) <= features
    assert (can.yes | can.no | can.ignored) <= set(ASKS)
    assert row.bare.wire.cannot <= can.no
    if can.default_effort is not None:
        assert can.default_effort in (can.efforts or ())


def test_every_provider_knows_its_own_model(row: Row) -> None:
    bare: Provider = row.bare
    if row.provider != "compatible" and row.api != "batch":
        assert bare.capabilities().context_window
        assert bare.capabilities().serves("tools") is not False
