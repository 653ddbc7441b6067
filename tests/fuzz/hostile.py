"""What nobody should send: JSON of wrong types, and good answers that were damaged."""

import copy
import json
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

Json = Any
Path = tuple[str | int, ...]


def tried(check: Callable[[st.DataObject], None], examples: int) -> None:
    """Hold a property against that many examples."""
    settings(max_examples=examples)(given(st.data())(check))()


WORDS = st.sampled_from(
    [
        "",
        "a",
        "error",
        "stop",
        "429",
        "²",
        "1" * 5000,
        "é\u2028",
        "\x00",
        "null",
        "{",
        "http://[",
        "\n",
    ]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-1, 3)
    | st.sampled_from([10**400, -(10**4000), 2**63, 1e300, float("nan"), float("inf"), -0.0])
    | WORDS
    | st.text(max_size=3)
)
"""Values of every type, those that overflow among them."""

GONE = object()
"""Nothing at all, where something else is put in the place of a value."""
ODD: tuple[Json, ...] = (
    None,
    True,
    -1,
    10**400,
    1e300,
    float("nan"),
    "",
    "word",
    "\ud800",
    [],
    {},
    [[]],
    {"a": 1},
)
"""One value of each type, or of what is taken for one."""


def values(keys: Sequence[str], words: Sequence[str] = ()) -> st.SearchStrategy[Json]:
    """Any JSON whose objects have these keys, and whose texts are sometimes these words."""
    leaves = SCALARS | st.sampled_from(list(words)) if words else SCALARS
    names = st.sampled_from(list(keys))
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=5),
        max_leaves=20,
    )


def nested(depth: int) -> Json:
    """A list in a list in a list."""
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


def paths(value: Json, path: Path = ()) -> Iterator[Path]:
    """Where the values of a JSON value stand, itself first."""
    yield path
    inner: Iterator[tuple[str | int, Json]] = iter(())
    if isinstance(value, dict):
        inner = iter(value.items())
    elif isinstance(value, list):
        inner = iter(enumerate(value))
    for name, one in inner:
        yield from paths(one, (*path, name))


def keys_in(value: Json) -> set[str]:
    """The names of all fields."""
    return {name for path in paths(value) for name in path if isinstance(name, str)}


def words_in(value: Json) -> set[str]:
    """The short texts, which are the words of a protocol as a rule."""
    found: set[str] = set()
    if isinstance(value, str) and len(value) < 40:
        found = {value}
    elif isinstance(value, dict):
        found = set().union(*map(words_in, value.values()))
    elif isinstance(value, list):
        found = set().union(*map(words_in, value))
    return found


def replaced(value: Json, path: Path, other: Json) -> Json:
    """A copy of a value that holds something else at one place."""
    if not path:
        return other
    value = copy.deepcopy(value)
    holder = value
    for step in path[:-1]:
        holder = holder[step]
    if other is GONE:
        del holder[path[-1]]
    else:
        holder[path[-1]] = other
    return value


def each_replaced(value: Json) -> Iterator[tuple[str, Json]]:
    """Every place of a value with each of some odd values, one after the other, and in words."""
    for path in paths(value):
        for other in ODD:
            yield f"{path} is {other!r:.20}", replaced(value, path, other)


@st.composite
def altered(draw: st.DrawFn, value: Json, strange: st.SearchStrategy[Json]) -> Json:
    """A value in which one place holds something else, or nothing any more."""
    path = draw(st.sampled_from(list(paths(value))))
    if path and draw(st.integers(0, 4)) == 0:
        return replaced(value, path, GONE)
    return replaced(value, path, draw(strange | st.just(nested(150))))


@st.composite
def shuffled(draw: st.DrawFn, events: Sequence[Json]) -> list[Json]:
    """Events of which some are missing, told twice, or in each other's place."""
    events = list(events)
    for _ in range(draw(st.integers(1, 4))):
        if not events:
            break
        here, there = (draw(st.integers(0, len(events) - 1)) for _ in range(2))
        match draw(st.sampled_from(["drop", "repeat", "swap", "end"])):
            case "drop":
                del events[here]
            case "repeat":
                events.insert(there, events[here])
            case "swap":
                events[here], events[there] = events[there], events[here]
            case _:
                del events[here + 1 :]
    return events


@st.composite
def damaged_events(
    draw: st.DrawFn, events: Sequence[Json], strange: st.SearchStrategy[Json]
) -> list[Json]:
    """Events of a good answer, damaged one by one and as a whole."""
    told: list[Json] = draw(shuffled(events) | st.just(list(events)))
    for _ in range(draw(st.integers(0, 3))):
        if told:
            here = draw(st.integers(0, len(told) - 1))
            told[here] = draw(altered(told[here], strange))
    return told


NASTY = (
    b"NaN",
    b"-Infinity",
    b"1e999",
    b"1" * 4300,
    b"1" * 4301,
    b'"\\ud800"',
    b"\\ud83d",
    b"\\u12",
    b"\\",
    b'"',
    b"[" * 300,
    b'{"a":' * 300,
    b'"index":1,"index":2,',
    b"\xff",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b"\x00",
    b"\r",
    b"\n\n",
    b"data: ",
    b"data:[DONE]\n\n",
    b"event: error\n",
    b": x\n\n",
)


@st.composite
def damaged_bytes(draw: st.DrawFn, data: bytes) -> bytes:
    """Bytes of which some are missing or replaced."""
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(data)))
        gone = draw(st.integers(0, 12))
        put = draw(st.sampled_from(NASTY) | st.binary(max_size=3))
        data = data[:start] + put + data[start + gone :]
    return data


def written(value: Json) -> bytes:
    """A value as JSON, also where it is none: NaN, infinities."""
    return json.dumps(value).encode()


CUTS = st.lists(st.floats(0, 1), max_size=6)
"""Where a stream is cut, as parts of its length."""


def in_pieces(data: bytes, cuts: Sequence[float]) -> list[bytes]:
    """The data, cut at these parts of its length."""
    edges = [0, *sorted(int(cut * len(data)) for cut in cuts), len(data)]
    return [data[start:stop] for start, stop in pairwise(edges)]
