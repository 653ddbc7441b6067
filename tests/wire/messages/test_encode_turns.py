"""What becomes of each kind of turn and part."""

import pytest

from seed_core.errors import ConfigurationError
from seed_core.types import (
    Annotation,
    Base64,
    Bytes,
    Document,
    FileId,
    Image,
    Prompt,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Url,
    Video,
)
from seed_core.wire.messages import MessagesWire
from tests.wire.messages.bodies import HELLO, MARK, body_of, received, turn, turns_of

SYSTEM = turn("system", Text("Be brief."))
ASKED = turn("assistant", ToolCall("t1", "look", '{"at": 1}'), ToolCall("t2", "look", ""))
USES = [
    {"type": "tool_use", "id": "t1", "name": "look", "input": {"at": 1}},
    {"type": "tool_use", "id": "t2", "name": "look", "input": {}},
]


def _result(ident: str, text: str) -> dict[str, str]:
    return {"type": "tool_result", "tool_use_id": ident, "content": text}


def test_one_system_text_is_a_string_beside_the_messages() -> None:
    body = body_of(Prompt((SYSTEM, HELLO)))
    assert body["system"] == "Be brief."
    assert body["messages"] == [{"role": "user", "content": "Hello"}]


def test_without_a_system_text_there_is_no_such_field() -> None:
    assert "system" not in body_of(Prompt((turn("system", Text("")), HELLO)))


def test_several_system_texts_are_blocks_in_order() -> None:
    messages = (SYSTEM, turn("system", Text("Be"), Text("kind.", MARK)), HELLO)
    assert body_of(Prompt(messages))["system"] == [
        {"type": "text", "text": "Be brief."},
        {"type": "text", "text": "Be"},
        {"type": "text", "text": "kind.", "cache_control": MARK},
    ]


def test_a_marked_system_text_is_a_block() -> None:
    body = body_of(Prompt((turn("system", Text("Be brief.", MARK)), HELLO)))
    assert body["system"] == [{"type": "text", "text": "Be brief.", "cache_control": MARK}]


def test_a_later_system_turn_goes_to_the_end_of_the_system_text() -> None:
    body = body_of(Prompt((SYSTEM, HELLO, turn("system", Text("Be kind.")), HELLO)))
    assert [block["text"] for block in body["system"]] == ["Be brief.", "Be kind."]
    hello = {"type": "text", "text": "Hello"}
    assert body["messages"] == [{"role": "user", "content": [hello, hello]}]


def test_a_later_system_turn_stays_where_the_host_takes_it() -> None:
    wire = MessagesWire(system_turns=True)
    body = body_of(Prompt((SYSTEM, HELLO, turn("system", Text("Be kind.")), HELLO)), wire=wire)
    assert body["system"] == "Be brief."
    assert [(t["role"], t["content"]) for t in body["messages"]] == [
        ("user", "Hello"),
        ("system", "Be kind."),
        ("user", "Hello"),
    ]


def test_turns_of_one_role_in_a_row_are_one_turn() -> None:
    turns = turns_of(
        turn("user", Text("a")),
        turn("user", Text("b", MARK)),
        turn("assistant", Text("c")),
        turn("assistant", Text("d")),
    )
    assert turns == [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "a"},
                {"type": "text", "text": "b", "cache_control": MARK},
            ],
        },
        {
            "role": "assistant",
            "content": [{"type": "text", "text": "c"}, {"type": "text", "text": "d"}],
        },
    ]


@pytest.mark.parametrize(
    "messages",
    [
        (SYSTEM,),
        (SYSTEM, turn("assistant", Text("I begin."))),
        (turn("user", Text("")), turn("assistant", Text("I begin."))),
        (turn("user", Text("")),),
    ],
)
def test_a_conversation_begins_with_what_a_user_says(messages: tuple[object, ...]) -> None:
    with pytest.raises(ConfigurationError, match="a user turn with something in it"):
        turns_of(*messages)  # type: ignore[arg-type]  # they are messages


def test_empty_texts_and_empty_answers_are_left_out() -> None:
    turns = turns_of(
        turn("user", Text(""), Text("a")),
        turn("assistant", Text(" \n")),
        turn("user", Text("b")),
        turn("assistant", Text("\n\n"), Text("c")),
    )
    assert turns == [
        {"role": "user", "content": [{"type": "text", "text": t} for t in "ab"]},
        {"role": "assistant", "content": "c"},
    ]


def test_blanks_of_a_user_are_sent() -> None:
    assert turns_of(turn("user", Text(" "))) == [{"role": "user", "content": " "}]


def test_a_name_of_a_participant_has_no_place() -> None:
    assert turns_of(turn("user", Text("a"), name="Ann")) == [{"role": "user", "content": "a"}]


def test_results_of_one_answer_stand_together_before_what_the_user_says() -> None:
    turns = turns_of(
        HELLO,
        ASKED,
        turn("user", Text("By the way.")),
        turn("tool", ToolResult("t1", (Text("one"),))),
        turn("tool", ToolResult("t2", (Text("two"),))),
        turn("user", Text("And?")),
    )
    assert turns[1:] == [
        {"role": "assistant", "content": USES},
        {
            "role": "user",
            "content": [
                _result("t1", "one"),
                _result("t2", "two"),
                {"type": "text", "text": "By the way."},
                {"type": "text", "text": "And?"},
            ],
        },
    ]


def test_texts_of_a_result_are_one_string_and_its_mark_is_outside() -> None:
    result = ToolResult("t1", (Text("a", MARK), Text("b")))
    [_, _, answer] = turns_of(HELLO, ASKED, turn("tool", result))
    assert answer["content"] == [{**_result("t1", "a\nb"), "cache_control": MARK}]


def test_an_error_is_a_flag_and_changes_no_text() -> None:
    [_, _, answer] = turns_of(
        HELLO, ASKED, turn("tool", ToolResult("t1", (Text("no"),), is_error=True))
    )
    assert answer["content"] == [{**_result("t1", "no"), "is_error": True}]


def test_a_result_without_anything_is_an_empty_string() -> None:
    [_, _, answer] = turns_of(HELLO, ASKED, turn("tool", ToolResult("t1", ())))
    assert answer["content"] == [_result("t1", "")]


def test_media_of_a_result_stays_in_it() -> None:
    parts = (Text("", MARK), Text("seen", MARK), Image(Url("https://e.com/a.png")))
    [_, _, answer] = turns_of(HELLO, ASKED, turn("tool", ToolResult("t1", parts)))
    assert answer["content"] == [
        {
            "type": "tool_result",
            "tool_use_id": "t1",
            "content": [
                {"type": "text", "text": "seen"},
                {"type": "image", "source": {"type": "url", "url": "https://e.com/a.png"}},
            ],
            "cache_control": MARK,
        }
    ]


@pytest.mark.parametrize(
    ("source", "mime", "expected"),
    [
        (Url("https://e.com/a"), None, {"type": "url", "url": "https://e.com/a"}),
        (FileId("file_1"), None, {"type": "file", "file_id": "file_1"}),
        (Bytes(b"hi!"), None, {"type": "base64", "data": "aGkh"}),
        (Base64("aGkh"), "image/webp", {"type": "base64", "data": "aGkh"}),
    ],
)
def test_a_picture_and_a_document_are_blocks_with_a_source(
    source: Url, mime: str | None, expected: dict[str, str]
) -> None:
    parts = (Image(source, mime), Document(source, mime, "a.pdf"), Document(source, mime))
    [sent] = turns_of(turn("user", *parts))

    def typed(otherwise: str) -> dict[str, str]:
        return expected | ({"media_type": mime or otherwise} if "data" in expected else {})

    document = {"type": "document", "source": typed("application/pdf")}
    assert sent["content"] == [
        {"type": "image", "source": typed("image/png")},
        {**document, "title": "a.pdf"},
        document,
    ]


def test_a_host_may_say_more_beside_a_picture_or_document() -> None:
    wire = MessagesWire(part_fields=lambda part, _: {"seen_as": type(part).__name__})
    parts = (Image(FileId("1")), Document(FileId("2")))
    [sent] = turns_of(turn("user", *parts), wire=wire)
    assert [block["seen_as"] for block in sent["content"]] == ["Image", "Document"]


@pytest.mark.parametrize(
    "message",
    [
        turn("user", Video(Url("https://e.com/a.mp4"))),
        turn("tool", ToolResult("t1", (Video(Url("https://e.com/a.mp4")),))),
    ],
)
def test_there_is_no_video(message: object) -> None:
    with pytest.raises(ConfigurationError, match="messages wire has no block for a video"):
        turns_of(HELLO, message)  # type: ignore[arg-type]  # it is a message


@pytest.mark.parametrize(
    "message",
    [
        turn("user", ToolCall("t1", "look", "")),
        turn("system", ToolCall("t1", "look", "")),
        turn("assistant", ToolResult("t1", ())),
        turn("assistant", Image(FileId("1"))),
    ],
)
def test_a_part_in_the_wrong_turn_is_said(message: object) -> None:
    with pytest.raises(ConfigurationError, match="cannot stand in"):
        turns_of(HELLO, message)  # type: ignore[arg-type]  # it is a message


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("", {}),
        (" ", {}),
        ('{"a": [1.5, null]}', {"a": [1.5, None]}),
        ('{"city": "Par', {"_raw": '{"city": "Par'}),
        ("{", {"_raw": "{"}),
        ("[1]", {"_raw": "[1]"}),
        ('"text"', {"_raw": '"text"'}),
        ('{"a": NaN}', {"_raw": '{"a": NaN}'}),
        ('{"a": "\\ud800"}', {"_raw": '{"a": "\\ud800"}'}),
    ],
)
def test_arguments_are_an_object_that_loses_nothing(arguments: str, expected: object) -> None:
    [_, sent] = turns_of(HELLO, turn("assistant", ToolCall("t1", "look", arguments)))
    assert sent["content"] == [
        {"type": "tool_use", "id": "t1", "name": "look", "input": expected},
    ]


def test_a_refusal_is_text_and_a_note_on_an_answer_has_no_block() -> None:
    parts = (Refusal("I will not."), Annotation({"type": "file"}), Text("Sorry."))
    [_, sent] = turns_of(HELLO, turn("assistant", *parts))
    assert [block["text"] for block in sent["content"]] == ["Sorry.", "I will not."]


def test_an_answer_keeps_the_cache_mark_of_its_text() -> None:
    marked = turn("assistant", Text("Hi.", MARK), ToolCall("t1", "look", "{}"))
    [_, sent] = turns_of(HELLO, marked)
    assert sent["content"][0] == {"type": "text", "text": "Hi.", "cache_control": MARK}
    only_a_call = turn("assistant", Text("", MARK), ToolCall("t1", "look", "{}"))
    [_, sent] = turns_of(HELLO, only_a_call)
    assert [block["type"] for block in sent["content"]] == ["tool_use"]


def test_the_mark_is_also_on_an_answer_that_goes_back_as_it_came() -> None:
    text = {"type": "text", "text": "Hi."}
    blocks = ({"type": "thinking", "thinking": "Hm.", "signature": "s"}, text)
    [_, sent] = turns_of(HELLO, turn("assistant", received(*blocks), Text("Hi.", MARK)))
    assert sent["content"] == [blocks[0], {**text, "cache_control": MARK}]
    assert text == {"type": "text", "text": "Hi."}
