"""`reasoning_details`: put together out of a stream, and sent back as they came."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seed_core.render import render
from seed_core.types import Json, Message, Prompt, Reasoning, ReplayState, Text
from seed_core.wire.chat import ChatWire
from seed_core.wire.details import echo
from tests.wire.chunks import chunk, details_of, message, reply, whole

OPENROUTER_LIKE = ChatWire(reasoning_field="reasoning", echo_reasoning="always")


def text(words: str | None, **fields: Any) -> dict[str, Any]:
    said = {} if words is None else {"text": words}
    return {"type": "reasoning.text", **said, "format": "unknown", "index": 0, **fields}


def merged(*lists: list[dict[str, Any]]) -> list[Json]:
    chunks = [chunk({"content": "", "reasoning_details": entries}) for entries in lists]
    return details_of(reply(*chunks, chunk({"content": "a"}, "stop")))


def test_all_four_types_are_merged_each_with_its_own() -> None:
    call = {
        "type": "reasoning.server_tool_call",
        "tool_name": "openrouter:web_search",
        "arguments": "{}",
        "result": "found",
        "index": 3,
    }
    got = merged(
        [{"type": "reasoning.summary", "summary": "First ", "index": 0, "format": "f"}],
        [{"type": "reasoning.summary", "summary": "this", "index": 0, "format": "f"}],
        [{"type": "reasoning.encrypted", "data": "AAAA", "id": "rs_1", "index": 0, "format": "f"}],
        [text("I ", index=1), text("thi", index=1)],
        [text("nk", index=1)],
        [call],
    )
    assert got == [
        {"type": "reasoning.summary", "summary": "First this", "index": 0, "format": "f"},
        {"type": "reasoning.encrypted", "data": "AAAA", "id": "rs_1", "index": 0, "format": "f"},
        text("I think", index=1),
        call,
    ]


def test_a_chunk_with_only_a_signature_signs_its_entry() -> None:
    signature = {
        "type": "reasoning.text",
        "signature": "sig",
        "format": "anthropic-claude-v1",
        "index": 0,
    }
    claude = {"format": "anthropic-claude-v1"}
    assert merged([text("a", **claude)], [text("b", **claude)], [signature]) == [
        {**text("ab", **claude), "signature": "sig"}
    ]


def test_a_null_in_a_later_piece_does_not_unsay_a_value() -> None:
    got = merged([text("a", id="r1", signature="s")], [text("b", id=None, signature=None)])
    assert got == [text("ab", id="r1", signature="s")]


def test_later_pieces_may_drop_the_id() -> None:
    got = merged(
        [text("a", id="r1")], [text("b")], [text("c", id="r1")], [text("d", id="r2")], [text("e")]
    )
    assert got == [text("abc", id="r1"), text("de", id="r2")]


def test_an_id_that_comes_late_and_stays_does_not_begin_another_entry() -> None:
    got = merged([text("a")], [text("b", id="r1")], [text("c", id="r1")], [text("d")])
    assert got == [text("abcd", id="r1")]


def test_two_ids_at_one_index_are_two_entries() -> None:
    entries = [
        {"type": "reasoning.encrypted", "data": data, "id": ident, "index": 0}
        for data, ident in (("A", "rs_1"), ("B", "rs_2"))
    ]
    assert merged(entries[:1], entries[1:]) == entries


def test_entries_without_index_go_on_in_each_other_only_as_running_text() -> None:
    piece = {"type": "reasoning.text", "text": "a"}
    summary = {"type": "reasoning.summary", "summary": "s"}
    sealed = {"type": "reasoning.encrypted", "data": "A"}
    assert merged([piece], [piece], [summary], [summary], [sealed], [sealed], [piece]) == [
        {"type": "reasoning.text", "text": "aa"},
        {"type": "reasoning.summary", "summary": "ss"},
        sealed,
        sealed,
        piece,
    ]


def test_entries_of_an_unknown_type_are_kept() -> None:
    novel = {"type": "reasoning.novel", "payload": {"a": [1]}, "index": 0}
    assert merged([novel]) == [novel]


@pytest.mark.parametrize(
    "odd", [{"type": ["x"]}, {"index": []}, {"type": "reasoning.text", "text": 5}]
)
def test_an_entry_of_odd_values_in_a_whole_reply_is_kept(odd: dict[str, Any]) -> None:
    assert details_of(whole(message(content="a", reasoning_details=[odd]))) == [odd]


def test_a_whole_reply_keeps_its_entries_apart_and_as_they_are() -> None:
    entries = [text("a"), text("b"), {"type": "reasoning.summary", "summary": "s", "index": 0}]
    answer = whole(message(content="x", reasoning="mirror", reasoning_details=entries))
    assert details_of(answer) == entries
    assert answer.reasoning == "abs"


# --- echo -----------------------------------------------------------------------------------------


def sent_back(state: ReplayState | None, words: str, *, issuer: str) -> dict[str, Any]:
    """The assistant turn that a host gets."""
    turn = Message("assistant", (Reasoning(words, state), Text("answer")))
    prompt = Prompt((Message("user", (Text("q"),)), turn, Message("user", (Text("r"),))))
    body = OPENROUTER_LIKE.encode(prompt, model="m", issuer=issuer, stream=False)
    found: dict[str, Any] = json.loads(b"".join(render(body)))["messages"][1]
    return found


ENTRIES = [
    {"summary": "Größe \U0001f600", "type": "reasoning.summary", "index": 0, "id": None},
    {"type": "reasoning.encrypted", "data": "A" * 50, "id": "rs_1", "index": 0, "format": "f"},
    {
        "type": "reasoning.text",
        "text": "t",
        "signature": "s",
        "format": "anthropic-claude-v1",
        "index": 1,
    },
]


def test_the_entries_go_back_byte_for_byte_to_their_issuer_and_nothing_beside_them() -> None:
    answer = whole(message(content="x", reasoning="mirror", reasoning_details=ENTRIES))
    state = answer.state
    turn = Message("assistant", (Reasoning(answer.reasoning, state), Text("answer")))
    body = OPENROUTER_LIKE.encode(Prompt((turn,)), model="m", issuer="openrouter", stream=False)
    sent = b"".join(render(body))
    assert json.dumps(ENTRIES, ensure_ascii=False, separators=(",", ":")).encode() in sent
    assert sent_back(state, "mirror", issuer="openrouter") == {
        "role": "assistant",
        "content": "answer",
        "reasoning_details": ENTRIES,
    }


def test_the_entries_do_not_go_to_another_host_nor_does_the_text() -> None:
    state = ReplayState("openrouter", tuple(ENTRIES))
    assert sent_back(state, "mirror", issuer="other") == {"role": "assistant", "content": "answer"}
    assert "mirror" not in json.dumps(
        sent_back(ReplayState("openrouter"), "mirror", issuer="other")
    )


def test_an_explicitly_empty_list_goes_back_as_such_without_the_text() -> None:
    answer = whole(message(content="x", reasoning="thought", reasoning_details=[]))
    turn = sent_back(answer.state, answer.reasoning, issuer="openrouter")
    assert turn["reasoning_details"] == []
    assert "reasoning" not in turn


def test_without_entries_the_text_goes_back_in_the_hosts_field() -> None:
    answer = whole(message(content="x", reasoning="thought"))
    turn = sent_back(answer.state, answer.reasoning, issuer="openrouter")
    assert turn == {"role": "assistant", "content": "answer", "reasoning": "thought"}
    assert sent_back(None, "own", issuer="openrouter")["reasoning"] == "own"
    assert "reasoning" not in sent_back(None, "", issuer="openrouter")


@pytest.mark.parametrize("form", ["anthropic-claude-v1", "google-gemini-v1"])
@pytest.mark.parametrize("signature", [{}, {"signature": None}, {"signature": ""}])
def test_unsigned_text_of_claude_and_gemini_does_not_go_back(
    form: str, signature: dict[str, str | None]
) -> None:
    unsigned = text("t", format=form, **signature)
    signed = text("t", format=form, signature="s", index=1)
    assert echo((unsigned, signed)) == [signed]
    assert echo((text("t"),)) == [text("t")]


def test_an_entry_goes_back_once() -> None:
    assert echo((ENTRIES[1], ENTRIES[0], dict(ENTRIES[1]))) == [ENTRIES[1], ENTRIES[0]]


@given(
    st.lists(
        st.tuples(st.sampled_from(["reasoning.text", "reasoning.summary"]), st.text(max_size=5)),
        min_size=1,
        max_size=8,
    ),
    st.data(),
)
def test_a_stream_in_any_pieces_merges_to_the_entries_of_the_whole(
    blocks: list[tuple[str, str]], data: st.DataObject
) -> None:
    field = {"reasoning.text": "text", "reasoning.summary": "summary"}
    entries = [{"type": t, field[t]: words, "index": i} for i, (t, words) in enumerate(blocks)]
    lists: list[list[dict[str, Any]]] = []
    for entry in entries:
        name = field[str(entry["type"])]
        words = str(entry[name])
        cut = data.draw(st.integers(0, len(words)))
        lists += [[{**entry, name: words[:cut]}], [{**entry, name: words[cut:]}]]
    assert merged(*lists) == entries
