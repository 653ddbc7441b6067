"""Inputs that were found by looking for trouble, each with what is made of it now."""

from pathlib import Path
from typing import Any

import pytest

from seed_core.arguments import read_timeout
from seed_core.errors import BadRequestError, ConfigurationError, InvalidReplyError, MediaError
from seed_core.events import Usage, collect
from seed_core.flow import Opened, Response
from seed_core.media import image
from seed_core.openai_form import read_tools
from seed_core.render import render
from seed_core.sse import EventReader
from seed_core.tokens import estimate_tokens
from seed_core.types import (
    Bytes,
    Document,
    Message,
    Prompt,
    Reasoning,
    ReplayState,
    Text,
    Tool,
)
from seed_core.videos.envelope import Envelope
from seed_core.videos.explain import retry_after
from seed_core.videos.fetch import fetch
from seed_core.videos.status import status_of
from seed_core.videos.webhook import parse_webhook
from seed_core.wire import schema_check
from seed_core.wire.chat_usage import read_usage
from seed_core.wire.messages_blocks import input_of
from seed_core.wire.schema_prompt import problems
from tests.fuzz.answers import BODIES, HELLO, QUEUE
from tests.fuzz.calls import AGAIN, HOSTS, NOWHERE, ONCE, kind_of, outcome
from tests.fuzz.hostile import written
from tests.wire import chunks as chat

SLOW = "a" * 60 + "!"
"""A text for which Python's own engine takes longer than anybody waits, by the next pattern."""
PATTERN = "(a+)+$"


# --- what hosts say -------------------------------------------------------------------------------


def test_a_byte_order_mark_after_blank_lines_is_part_of_its_line() -> None:
    reader = EventReader()
    mark = b"\xef\xbb\xbf"
    assert reader.feed(b"\n" + mark + b"data: a\n\ndata: b\n\n") == [(b"", b"b")]
    assert EventReader().feed(mark + b"\ndata: a\n\n") == [(b"", b"a")]


def test_counters_that_no_float_holds_are_not_told() -> None:
    usage = {"prompt_tokens": 10**400, "completion_tokens": 1}
    body = {**chat.message(content="Hi"), "usage": usage}
    host = HOSTS["byteplus-chat"]
    got = outcome(host.call(HELLO, stream=False, retry=ONCE), [Response(200, {}, written(body))])
    assert isinstance(got, Opened)
    read = read_usage(usage)
    assert read is not None
    assert (read.input_tokens, read.output_tokens) == (None, 1)


@pytest.mark.parametrize("host", ["openrouter-chat", "openrouter-responses", "openrouter-messages"])
def test_counters_and_costs_below_zero_are_not_told(host: str) -> None:
    (body, *_) = BODIES[kind_of(HOSTS[host])]
    counters = ("prompt_tokens", "completion_tokens", "input_tokens", "output_tokens")
    usage = {**dict.fromkeys(counters, -5), "cost": -0.5, "cost_details": {"discount": -0.1}}
    answer = Response(200, {}, written({**body, "usage": usage}))
    got = outcome(HOSTS[host].call(HELLO, stream=False, retry=ONCE), [answer])
    assert isinstance(got, Opened)
    finish = collect(got.events).finish
    assert finish is not None
    assert finish.usage in (None, Usage())
    assert finish.cost is None


@pytest.mark.parametrize("status", [["COMPLETED"], {"COMPLETED": 1}, None, 1])
def test_the_status_of_a_job_that_is_no_word(status: Any) -> None:
    answers = [Response(200, {}, written(body)) for body in (QUEUE[0], {"status": status})]
    host = HOSTS["fal-queue"]
    got = outcome(host.call(HELLO, stream=False, retry=AGAIN), answers)
    assert isinstance(got, InvalidReplyError)


def test_a_content_type_of_any_length_is_told_in_short() -> None:
    headers = {"content-type": "x" * 10_000}
    host = HOSTS["byteplus-chat"]
    got = outcome(host.call(HELLO, stream=False, retry=ONCE), [Response(200, headers, b"?")])
    assert isinstance(got, InvalidReplyError)
    assert len(str(got)) < 500


@pytest.mark.parametrize(
    "said",
    [
        "9" * 400,
        "Wed, 21 Oct 2015 07:28:00 +99999999999999999",
        "Wed, 21 Oct 99999999999999999999 07:28:00 GMT",
    ],
)
def test_waits_and_dates_beyond_all_bounds_are_not_told(said: str) -> None:
    assert retry_after({"retry-after": said, "date": "Wed, 21 Oct 2015 07:28:00 GMT"}) is None


@pytest.mark.parametrize("url", ["http://[", "https://[a", "file:///x", ""])
def test_a_video_at_what_is_no_address(url: str) -> None:
    got = outcome(fetch(url, NOWHERE, ONCE), [])
    assert isinstance(got, ConfigurationError)


@pytest.mark.parametrize("place", ["https://[a", "ftp://a.example/a.mp4", "http://a.example/a.mp4"])
def test_a_download_that_leads_to_what_is_no_address_or_away_from_https(place: str) -> None:
    away = Response(302, {"location": place})
    got = outcome(fetch("https://a.example/a.mp4", NOWHERE, ONCE), [away])
    assert isinstance(got, InvalidReplyError)


def test_failures_are_told_once_wherever_they_stand() -> None:
    failed = {"status": "error", "error": {"code": ["x"], "message": {"y": 1}}, "taskUUID": "t"}
    told = Envelope((failed,), ({"code": ["x"], "message": {"y": 1}}, {"code": "other"}))
    assert len(status_of(told, "t").failures) == 2


def test_a_webhook_of_several_tasks_tells_each_by_its_own_name() -> None:
    made = [{"taskUUID": name, "videoURL": f"https://a.example/{name}"} for name in ("A", "b", "a")]
    wrong = [{"taskUUID": "c", "code": "x", "message": "y"}]
    statuses = parse_webhook({"data": made, "errors": wrong})
    assert [(one.task_uuid, len(one.results)) for one in statuses] == [("A", 2), ("b", 1), ("c", 0)]


def test_a_word_of_a_million_dots_is_read_in_no_time() -> None:
    body = {"detail": "x", "error_type": "a." * 250_000}
    flow = HOSTS["fal-sync"].call(HELLO, stream=False, retry=ONCE)
    assert isinstance(outcome(flow, [Response(400, {}, written(body))]), BadRequestError)


# --- what users and strangers say -----------------------------------------------------------------


@pytest.mark.parametrize(
    "said", [(3, "4"), {"read": {}}, {"total": []}, 10**400, 1e12, (None, -1), {"idle": "3"}]
)
def test_waits_that_are_no_seconds(said: Any) -> None:
    with pytest.raises(ConfigurationError, match="must be more than 0 seconds, and at most 1e9"):
        read_timeout(said)


@pytest.mark.parametrize("function", [{"description": ["x"]}, {"parameters": "x"}])
def test_tools_of_the_wrong_types(function: dict[str, Any]) -> None:
    tool = {"type": "function", "function": {"name": "look", **function}}
    with pytest.raises(ConfigurationError, match="'look' cannot be offered"):
        read_tools([tool])


@pytest.mark.parametrize("value", [object, {"a": "\ud800"}])
def test_a_tool_that_is_no_json_is_not_estimated(value: Any) -> None:
    tool = Tool("look", "", {"properties": value})
    with pytest.raises(ConfigurationError, match="cannot be written as JSON"):
        estimate_tokens(Prompt(HELLO.messages, (tool,)))


@pytest.mark.parametrize("name", ["iVBORw0K" * 1000, "x" * 300])
def test_a_path_that_is_too_long_is_an_error_of_media(name: str) -> None:
    with pytest.raises(MediaError, match="cannot be read") as caught:
        image(name)
    assert len(str(caught.value)) < 400


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="is not a file"):
        image(tmp_path)


def test_half_of_a_surrogate_pair_in_the_arguments_of_a_call() -> None:
    assert input_of('{"a": "\ud800"}') == {"_raw": '{"a": "\ud800"}'}


@pytest.mark.parametrize(
    ("value", "schema", "wrong"),
    [
        (SLOW, {"pattern": PATTERN}, 1),
        ("aaa", {"pattern": PATTERN}, 0),
        ("Ünï", {"pattern": r"^\p{L}+$"}, 0),
        ("x", {"pattern": r"^(?!x)"}, 0),
        ({SLOW: 1}, {"patternProperties": {PATTERN: {"type": "string"}}}, 0),
        ({"aaa": 1}, {"patternProperties": {PATTERN: {"type": "string"}}}, 1),
        ({SLOW: 1}, {"patternProperties": {PATTERN: {}}, "additionalProperties": False}, 1),
        ({"b": 1}, {"patternProperties": {"^a": {}}, "additionalProperties": {"type": "null"}}, 1),
        ({"b": 1}, {"patternProperties": {"(?!x)": {}}, "additionalProperties": False}, 0),
        ({SLOW: 1}, {"patternProperties": {PATTERN: {}}, "unevaluatedProperties": False}, 0),
        ({"b": 1}, {"unevaluatedProperties": False}, 1),
        ([1, 1.0], {"uniqueItems": True}, 1),
        ([1, True, "1", [1], {"a": 1}, {"a": True}], {"uniqueItems": True}, 0),
        ([{"a": [1], "b": 2}, {"b": 2, "a": [1]}], {"uniqueItems": True}, 1),
    ],
)
def test_rules_of_a_schema_that_could_take_for_ever(value: Any, schema: Any, wrong: int) -> None:
    assert len(problems(value, schema)) == wrong


@pytest.mark.parametrize(
    ("host", "part"),
    [
        ("byteplus-responses", Document(Bytes(b"word"), "text/\ud800")),
        ("openrouter-chat", Reasoning("", ReplayState("openrouter", ({"data": "\ud800"},)))),
    ],
    ids=["media", "reasoning"],
)
def test_half_of_a_surrogate_pair_beside_the_text(host: str, part: Document | Reasoning) -> None:
    turns = (
        *HELLO.messages,
        Message("user" if isinstance(part, Document) else "assistant", (part,)),
    )
    with pytest.raises(ConfigurationError, match="cannot be written as JSON"):
        next(HOSTS[host].call(Prompt(turns), stream=False, retry=ONCE))


def test_blocks_whose_text_is_no_text_are_not_sent_back() -> None:
    state = ReplayState("openrouter/messages", ({"type": "text", "text": True},))
    turns = (*HELLO.messages, Message("assistant", (Reasoning("", state), Text("Hi"))))
    send = next(HOSTS["openrouter-messages"].call(Prompt(turns), stream=False, retry=ONCE))
    assert b'"text":true' not in b"".join(render(send.request.body))


DRAFT = "http://json-schema.org/draft-07/schema#"


@pytest.mark.parametrize("dialect", [{}, {"$schema": DRAFT}])
def test_references_that_double_with_each_step_check_nothing(
    dialect: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema_check, "_STEPS", 5000)
    steps: dict[str, Any] = {
        f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(40)
    }
    schema = {
        **dialect,
        "$defs": {**steps, "a40": True},
        "allOf": [{**dialect, "$ref": "#/$defs/a0"}],
    }
    assert problems(1, schema) == []


# --- what stands in messages ----------------------------------------------------------------------


def test_messages_of_langchain_that_hold_something_else() -> None:
    pytest.importorskip("langchain_core", exc_type=ImportError)
    from langchain_core.messages import AIMessage, HumanMessage

    from langchain_seed.to_prompt import to_messages

    result = {"type": "tool_result", "tool_use_id": "a"}
    state = {"issuer": "openrouter"}
    contents: list[Any] = [
        [{"type": "tool_result", "content": "no id"}],
        [{**result, "content": 7}],
        [{**result, "content": [["nested"]]}],
        [{"type": "file", "base64": "d29yZA==", "mime_type": ["text"]}],
        [{"type": "image", "url": "https://a.example", "extras": ["low"]}],
        [{"type": "json", "json": {1, 2}}],
    ]
    for content in contents:
        with pytest.raises(ConfigurationError, match="message 1 of the conversation"):
            to_messages([HumanMessage("Hi"), HumanMessage(content)])
    for odd in (
        AIMessage([{"type": "tool_use", "name": "f"}]),
        AIMessage([{"type": "tool_use", "id": {}, "name": "f"}]),
        AIMessage([{"type": "tool_use", "id": "a", "name": None}]),
        AIMessage("", tool_calls=[{"name": "f", "args": {"a": object()}, "id": "a"}]),
        AIMessage("", additional_kwargs={"seed": {**state, "reasoning_details": ["x"]}}),
        AIMessage("", additional_kwargs={"seed": {**state, "reasoning_details": 7}}),
        AIMessage("", additional_kwargs={"seed": {**state, "annotations": ["x"]}}),
    ):
        with pytest.raises(ConfigurationError, match="type AIMessage, holds something"):
            to_messages([HumanMessage("Hi"), odd])


def test_messages_of_llamaindex_that_hold_something_else() -> None:
    pytest.importorskip("llama_index.core", exc_type=ImportError)
    from llama_index.core.base.llms.types import (
        ChatMessage,
        DocumentBlock,
        ThinkingBlock,
        ToolCallBlock,
        VideoBlock,
    )

    from llamaindex_seed.to_prompt import to_messages, video_fps_of

    state = {"issuer": "openrouter"}
    for odd in (
        ChatMessage(role="assistant", additional_kwargs={"tool_calls": 7}),
        ChatMessage(role="assistant", additional_kwargs={"tool_calls": [[]]}),
        ChatMessage(role="assistant", additional_kwargs={"tool_calls": [{"id": "a"}]}),
        ChatMessage(role="assistant", additional_kwargs={"tool_calls": [{"function": {}}]}),
        ChatMessage(role="assistant", additional_kwargs={"tool_calls": [{"function": 7}]}),
        ChatMessage(
            role="assistant", blocks=[ToolCallBlock(tool_name="f", tool_kwargs={"a": {1, 2}})]
        ),
        ChatMessage(
            role="assistant",
            blocks=[ThinkingBlock(additional_information={**state, "reasoning_details": ["x"]})],
        ),
        ChatMessage(
            role="assistant",
            blocks=[ThinkingBlock(additional_information={**state, "annotations": 7})],
        ),
    ):
        with pytest.raises(ConfigurationError, match="message 0 of the conversation"):
            to_messages([odd])
    named = ChatMessage(role="user", blocks=[DocumentBlock(url="https://[a/b.pdf")])
    assert to_messages([named])[0].role == "user"
    many = VideoBlock(url="https://a.example/a.mp4", fps=10**400)
    assert video_fps_of([ChatMessage(role="user", blocks=[many])]) == 10**400


def test_arguments_of_a_call_that_are_nested_too_deep_are_no_object() -> None:
    pytest.importorskip("langchain_core", exc_type=ImportError)
    from langchain_core.messages import AIMessage

    from langchain_seed.from_events import spoil, to_result
    from seed_core.events import Reply
    from seed_core.types import ToolCall

    deep = '{"a":' + "[" * 100_000
    assert spoil(deep)
    result = to_result(Reply(tool_calls=(ToolCall("a", "f", deep + "]" * 100_000 + "}"),)))
    message = result.generations[0].message
    assert isinstance(message, AIMessage)
    (call,) = message.invalid_tool_calls
    assert call["name"] == "f"


@pytest.mark.parametrize("usage", ["many", [["a"]], [1], 7, {"total_tokens": "9"}])
def test_a_usage_that_is_no_object_is_estimated(usage: Any) -> None:
    pytest.importorskip("llama_index.core", exc_type=ImportError)
    from llamaindex_seed.from_events import Responses
    from seed_core.events import Finish

    made = Responses(mirror_reasoning=False, single_call=False, prompt_tokens=lambda: 4)
    (last,) = made.of(Finish("stop", raw={"usage": usage}))
    counted = {"prompt_tokens": 4, "completion_tokens": 0, "total_tokens": 4, "estimated": True}
    assert last.raw == {"usage": counted}
