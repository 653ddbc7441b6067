"""Tool calls in every form in which servers stream them."""

from typing import Any

import pytest

from seed_core.events import ToolCallDelta
from seed_core.types import ToolCall
from tests.wire.chunks import (
    broken,
    chunk,
    finish_of,
    message,
    nameless,
    read_well,
    reply,
    sse,
    whole,
)


def piece(
    arguments: object = "", *, index: int | None = 0, ident: object = ..., name: object = ...
) -> dict[str, Any]:
    """A fragment; what is not given is not in it."""
    function = {"arguments": arguments} if arguments is not None else {}
    function |= {} if name is ... else {"name": name}
    made: dict[str, Any] = {"function": function}
    made |= {} if index is None else {"index": index}
    return made | ({} if ident is ... else {"id": ident, "type": "function"})


def calls(
    *fragments: dict[str, Any] | list[dict[str, Any]], finish: str | None = "tool_calls"
) -> list[ToolCall]:
    """The calls of a stream with one chunk for each fragment or list of fragments."""
    chunks = [chunk({"tool_calls": f if isinstance(f, list) else [f]}) for f in fragments]
    return list(reply(*chunks, chunk({}, finish)).tool_calls)


START = piece(ident="c1", name="f")
ONE = [ToolCall("c1", "f", '{"a": 1}')]


@pytest.mark.parametrize(
    "fragments",
    [
        pytest.param([START, piece('{"a"'), piece(": 1}")], id="as the standard says"),
        pytest.param([START, piece(), piece('{"a"'), piece(), piece(": 1}")], id="empty pieces"),
        pytest.param(
            [START, piece('{"a"', ident="c1", name="f"), piece(": 1}", ident="c1", name="f")],
            id="id and name repeated",
        ),
        pytest.param(
            [START, piece('{"a"', ident="", name=""), piece(": 1}", ident="")], id="blank later"
        ),
        pytest.param(
            [START, piece('{"a"', ident=None, name=None), piece(": 1}", ident=None)],
            id="null later",
        ),
        pytest.param([piece('{"a": 1}', ident="c1", name="f")], id="whole at once"),
        pytest.param(
            [piece('{"a": 1}', index=None, ident="c1", name="f")], id="whole at once, no index"
        ),
        pytest.param(
            [
                piece(index=None, ident="c1", name="f"),
                piece('{"a"', index=None),
                piece(": 1}", index=None),
            ],
            id="no index",
        ),
        pytest.param(
            [
                piece(index=None, ident="c1", name="f"),
                piece('{"a": 1}', index=None, ident="c1", name="f"),
            ],
            id="no index, id repeated",
        ),
        pytest.param([piece(ident="c1"), piece('{"a"'), piece(": 1}", name="f")], id="late name"),
        pytest.param(
            [piece(ident="c1", name=""), piece('{"a": 1}', name="f")], id="blank, then a name"
        ),
        pytest.param(
            [piece(None, ident="c1", name="f"), piece('{"a": 1}')], id="arguments missing first"
        ),
        pytest.param([START, piece(None), piece('{"a": 1}')], id="null arguments"),
        pytest.param([piece('{"a": 1}', index=3, ident="c1", name="f")], id="index from 3"),
    ],
)
def test_one_call_is_read_from_fragments_of_every_form(fragments: list[dict[str, Any]]) -> None:
    assert calls(*fragments) == ONE


TWO = [ToolCall("c1", "f", "{}"), ToolCall("c2", "g", '{"b": 2}')]


@pytest.mark.parametrize(
    "fragments",
    [
        pytest.param(
            [START, piece("{}"), piece(index=1, ident="c2", name="g"), piece('{"b": 2}', index=1)],
            id="one after the other",
        ),
        pytest.param(
            [
                [START, piece(index=1, ident="c2", name="g")],
                [piece("{", index=0), piece('{"b"', index=1)],
                [piece(": 2}", index=1), piece("}", index=0)],
            ],
            id="interleaved",
        ),
        pytest.param(
            [START, piece("{}"), piece(ident="c2", name="g"), piece('{"b": 2}')],
            id="index always 0",
        ),
        pytest.param(
            [
                piece("{}", index=None, ident="c1", name="f"),
                piece('{"b": 2}', index=None, ident="c2", name="g"),
            ],
            id="no index, whole",
        ),
        pytest.param(
            [[piece("{}", ident="c1", name="f"), piece('{"b": 2}', ident="c2", name="g")]],
            id="both at once at index 0",
        ),
        pytest.param(
            [
                piece("{}", index=7, ident="c1", name="f"),
                piece('{"b": 2}', index=2, ident="c2", name="g"),
            ],
            id="odd indices",
        ),
    ],
)
def test_two_calls_are_told_apart_in_every_form(fragments: list[Any]) -> None:
    assert calls(*fragments) == TWO


def test_two_calls_without_id_or_index_are_told_apart_by_their_names() -> None:
    first, second = calls(
        piece("{}", index=None, name="f"), piece("{", index=None, name="f"), piece("}", index=None)
    )
    assert (first.name, first.arguments, second.name, second.arguments) == ("f", "{}", "f", "{}")
    assert first.id != second.id


@pytest.mark.parametrize("ident", [..., None, ""])
@pytest.mark.parametrize("index", [0, None])
def test_a_call_without_an_id_gets_one_that_stays(ident: object, index: int | None) -> None:
    fragments = [
        piece("", index=index, ident=ident, name="f"),
        piece("{", index=index, ident=ident),
        piece("}", index=index, ident=ident),
    ]
    events = read_well(sse(*(chunk({"tool_calls": [f]}) for f in fragments), chunk({}, "stop")))
    deltas = [event for event in events if isinstance(event, ToolCallDelta)]
    assert deltas[0].id
    assert deltas[0].id.startswith("call_")
    assert {delta.id for delta in deltas[1:]} == {None}
    assert "".join(delta.arguments for delta in deltas) == "{}"
    assert {delta.index for delta in deltas} == {0}


def test_an_id_that_comes_after_the_first_piece_does_not_split_the_call() -> None:
    (call,) = calls(piece("{", name="f"), piece("}", ident="late"))
    assert (call.name, call.arguments) == ("f", "{}")


def test_arguments_that_are_an_object_become_its_json() -> None:
    (call,) = calls(piece({"a": [1, None], "b": "é"}, ident="c1", name="f"))
    assert call.arguments == '{"a":[1,null],"b":"é"}'
    body = message(content=None, tool_calls=[piece({"a": 1}, ident="c1", name="f")])
    assert whole(body).tool_calls == (ToolCall("c1", "f", '{"a":1}'),)


def test_empty_arguments_stay_empty_for_the_reader_to_judge() -> None:
    assert calls(START) == [ToolCall("c1", "f", "")]


def test_trailing_blanks_after_the_arguments_are_kept_as_they_came() -> None:
    (call,) = calls(piece("{}", ident="c1", name="f"), piece("  \n"))
    assert call.arguments.strip() == "{}"


@pytest.mark.parametrize("finish", ["stop", None, "tool_calls", "function_call", "eos"])
def test_calls_make_the_finish_tool_calls_whatever_the_host_says(finish: str | None) -> None:
    answer = reply(chunk({"tool_calls": [START]}), chunk({}, finish))
    assert finish_of(answer).reason == "tool_calls"


@pytest.mark.parametrize("finish", ["length", "content_filter"])
def test_a_call_that_was_cut_short_says_so(finish: str) -> None:
    answer = reply(chunk({"tool_calls": [START]}), chunk({}, finish))
    assert finish_of(answer).reason == finish


def test_a_fragment_that_says_nothing_is_no_event() -> None:
    events = read_well(sse(chunk({"tool_calls": [START, piece(), piece(ident="c1")]}, "stop")))
    assert nameless(events)[:-1] == [repr(ToolCallDelta(0, "", "c1", "f"))]


@pytest.mark.parametrize("empty", [None, [], {}])
def test_no_tool_calls_in_any_form_are_no_calls(empty: object) -> None:
    answer = reply(chunk({"content": "a", "tool_calls": empty}, "stop"))
    assert answer.tool_calls == ()
    assert finish_of(answer).reason == "stop"


@pytest.mark.parametrize(
    "odd",
    [
        ["text"],
        [5],
        "text",
        {"index": 0},
        [{"function": "f"}],
        [{"function": {"name": "f"}, "index": []}],
    ],
)
def test_tool_calls_of_an_unknown_form_are_refused(odd: object) -> None:
    stream = sse(chunk({"tool_calls": odd}, "stop"))
    _, failure = broken(stream)
    assert "openrouter sent" in str(failure)


def test_an_id_that_is_a_number_becomes_text() -> None:
    assert calls(piece("{}", ident=7, name="f"), piece("", ident=7)) == [ToolCall("7", "f", "{}")]
