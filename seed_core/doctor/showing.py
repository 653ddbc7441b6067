"""A report for people: lines and tables, by rich in a terminal that has it, else as plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, get_args

from seed_core.capabilities import Feature
from seed_core.doctor.facts import FEATURES, Ability, Host, Key, Ping, Report
from seed_core.pricing import Price
from seed_core.videos.seedance import SecondPrice

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True, slots=True)
class Table:
    """A heading, a head, rows of words, and what stands below them."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()


Part: TypeAlias = "str | Table"
"""A line, or a table."""

_GOOD = ("yes", "ok", "set")
_BAD = ("failed",)
_FAINT = ("no", "not set", "skipped", "unknown", "-")


def plain(report: Report) -> str:
    """The whole report as aligned text."""
    return "\n".join(line for part in parts(report) for line in _lines(part))


def show(report: Report, console: Console) -> None:
    """The whole report in a terminal, by rich."""
    from rich.table import Table as RichTable  # noqa: PLC0415 - it may be missing
    from rich.text import Text  # noqa: PLC0415 - the same

    for part in parts(report, console.width):
        if isinstance(part, str):
            console.print(Text(part))
            continue
        shown = RichTable(
            title=part.title,
            title_justify="left",
            title_style="bold",
            box=None,
            padding=(0, 2, 0, 0),
        )
        for name in part.head:
            shown.add_column(name, header_style="dim", overflow="fold")
        for row in part.rows:
            shown.add_row(*(Text(cell, style=_style(cell)) for cell in row))
        console.print()
        console.print(shown if part.rows else Text(part.title, style="bold"))
        for note in part.notes:
            console.print(Text(note, style="dim"))


def parts(report: Report, width: int | None = None) -> Iterator[Part]:
    """What is told, in order; in so many columns, if that matters."""
    yield _of_versions(report)
    yield _of_transport(report)
    if report.chosen is not None:
        yield f"Where provider= is not said, {report.chosen} is asked."
    else:
        yield f"Where provider= is not said, nobody is asked: {report.advice}."
    yield _hosts(report.hosts)
    talking = [host for host in report.hosts if host.wires]
    if talking:
        features = _features(talking)
        yield features if width is None or _width(features) <= width else _listed(talking)
    yield from _prices(report)
    if any(host.ping for host in report.hosts):
        yield _pings([(host, host.ping) for host in report.hosts if host.ping])


def _of_versions(report: Report) -> str:
    """What is installed, and what is not."""
    there = [f"{name} {said}" for name, said in report.versions.items() if said is not None]
    missing = [name for name, said in report.versions.items() if said is None]
    return ", ".join(there) + (f"; not installed: {', '.join(missing)}" if missing else "")


def _of_transport(report: Report) -> str:
    """What sends."""
    sends = report.transport
    name = "the transport of its own" if sends.name == "own" else "httpx"
    proxies = ", ".join(f"{scheme}: {host}" for scheme, host in sends.proxies.items())
    return f"Sends over {name} ({sends.reason}); proxies: {proxies or 'none'}."


def _hosts(hosts: Sequence[Host]) -> Table:
    """Keys, models and wires."""
    rows = [
        (
            host.name,
            *_key(host.key),
            host.model or "-",
            ", ".join(wire.api for wire in host.wires) or host.makes,
        )
        for host in hosts
    ]
    return Table("Hosts", ("host", "key", "", "model", "api="), rows)


def _key(key: Key) -> tuple[str, str]:
    """The variables of a key, and whether it is there. Nothing of the key itself."""
    if key.found:
        return " and ".join(key.found), "set"
    wanted = " or ".join(" and ".join(names) for names in key.variables[:1])
    return wanted, "not set" if key.needed else "not needed"


def _features(hosts: Sequence[Host]) -> Table:
    """What works over the default wire of each host, and where another wire differs."""
    firsts = [host.wires[0] for host in hosts]
    rows = [
        ("api=", *(wire.api for wire in firsts)),
        ("tokens in and out", *(_number(wire.limits["context_window"]) for wire in firsts)),
        ("tokens out", *(_number(wire.limits["max_output_tokens"]) for wire in firsts)),
        ("calls at once, at least", *(_number(host.max_concurrency) for host in hosts)),
        *((feature, *(wire.features[feature] for wire in firsts)) for feature in FEATURES),
    ]
    notes = [note for host in hosts for note in _others(host)]
    return Table("Limits and features", ("", *(host.name for host in hosts)), rows, notes)


def _listed(hosts: Sequence[Host]) -> Table:
    """The same where there is no room for a table."""
    notes = []
    for host in hosts:
        first = host.wires[0]
        limits = {
            "tokens in and out": first.limits["context_window"],
            "tokens out": first.limits["max_output_tokens"],
            "calls at once, at least": host.max_concurrency,
        }
        known = [f"{_number(limit)} {name}" for name, limit in limits.items() if limit]
        told = "; ".join([*known, _words(first.features)])
        notes += [f"{host.name} over {first.api}: {told}", *_others(host)]
    return Table("Limits and features", (), (), notes)


def _others(host: Host) -> list[str]:
    """What works otherwise over the other wires."""
    first = host.wires[0].features
    found = []
    for wire in host.wires[1:]:
        other = {name: word for name, word in wire.features.items() if word != first[name]}
        if other:
            found.append(f"{host.name} over {wire.api}: {_words(other)}")
    return found


def _words(features: Mapping[Feature, Ability]) -> str:
    """Features by what becomes of them."""
    found: dict[str, list[str]] = {word: [] for word in get_args(Ability)}
    for feature, word in features.items():
        found[word].append(feature)
    return "; ".join(f"{word}: {', '.join(names)}" for word, names in found.items() if names)


def _prices(report: Report) -> Iterator[Table]:
    """What the models that are asked cost, where that is known."""
    known = [(host.name, price) for host in report.hosts if (price := _price_of(host))]
    rows = [
        (
            name,
            _usd(price.input),
            _usd(price.cache_read),
            _usd(price.output),
            _usd(price.long_input),
            _usd(price.long_output),
        )
        for name, price in known
    ]
    unknown = [host.name for host in report.hosts if host.wires and not _price_of(host)]
    notes = [f"not known: {', '.join(unknown)}"] if unknown else []
    head = ("host", "in", "cached", "out", f"above {report.long_context:,}: in", "out")
    if rows:
        yield Table("Prices, USD per million tokens", head, rows, [*_sources(known), *notes])
    seconds = [
        (host.name, price)
        for host in report.hosts
        for price in host.prices
        if isinstance(price, SecondPrice)
    ]
    if seconds:
        told = [(name, one.tier, f"{one.usd:g}", f"{one.from_video:g}") for name, one in seconds]
        title, of_tiers = "Prices, USD per second of a video", ("tier", "made new", "from a video")
        yield Table(title, ("host", *of_tiers), told, _sources(seconds))


def _sources(known: Sequence[tuple[str, Price | SecondPrice]]) -> list[str]:
    """Where the prices stand, and when they were read there."""
    told = (
        f"{name}: {price.source}{f', read on {price.date}' if price.date else ''}"
        for name, price in known
    )
    return list(dict.fromkeys(told))


def _price_of(host: Host) -> Price | None:
    """The row that holds for the model that is asked: the first, as in every estimate."""
    rows = (price for price in host.prices if isinstance(price, Price))
    return next((price for price in rows if re.fullmatch(price.model, host.model)), None)


def _usd(price: float | None) -> str:
    """A price with its cents."""
    return "-" if price is None else f"{price:.2f}"


def _pings(pings: Sequence[tuple[Host, Ping]]) -> Table:
    """Who answered, what those who did not said, and who was not asked."""
    rows = [
        (
            host.name,
            ping.result,
            "-" if ping.seconds is None else f"{ping.seconds:.2f}",
            _number(ping.input_tokens),
            _number(ping.output_tokens),
            "-" if ping.cost_usd is None else f"{ping.cost_usd:.7f}".rstrip("0").rstrip("."),
            ping.cost_source or "-",
        )
        for host, ping in pings
        if ping.result != "skipped"
    ]
    notes = [
        f"{host.name}{' not asked' if ping.result == 'skipped' else ''}: {_said(ping)}"
        for host, ping in pings
        if ping.message
    ]
    head = ("host", "answer", "seconds", "tokens in", "out", "USD", "")
    return Table("One tiny call to each", head, rows, notes)


def _said(ping: Ping) -> str:
    """What there is to say of a ping."""
    return f"{ping.error}: {ping.message}" if ping.error else f"{ping.message}"


def _number(value: int | None) -> str:
    """A whole number for people."""
    return "-" if value is None else f"{value:,}"


def _lines(part: Part) -> Iterator[str]:
    """A part as text, its columns as wide as they must be."""
    if isinstance(part, str):
        yield printable(part)
        return
    yield ""
    yield part.title
    widths = _widths(part)
    for row in (part.head, *part.rows):
        cells = (printable(cell).ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()
    yield from map(printable, part.notes)


def _widths(table: Table) -> list[int]:
    """How wide the columns must be."""
    return [max(map(len, column)) for column in zip(table.head, *table.rows, strict=True)]


def _width(table: Table) -> int:
    """How wide the whole must be."""
    return sum(width + 2 for width in _widths(table))


def printable(text: str) -> str:
    """One line without control characters: a host's words must not move the cursor."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _style(cell: str) -> str:
    """How a word looks."""
    if cell in _GOOD:
        return "green"
    return "red" if cell in _BAD else "dim" if cell in _FAINT else ""
