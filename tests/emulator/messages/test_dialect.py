"""What a host may do its own way, asked of the face itself."""

import json
from typing import Any

import pytest

from seed_core.emulator import Answer, ToolUse
from seed_core.emulator.checks import boolean
from seed_core.emulator.messages import PING, Dialect, Messages, serving_models
from seed_core.emulator.seen import Seen
from seed_core.emulator.serving import Refused, bearer
from tests.emulator.messages.asking import assistant, call, result, said, text, user

CHOOSE = serving_models(["seed"])
KEY = {"x-api-key": "k"}


def seen(headers=KEY, **fields: Any) -> Seen:
    body = {"model": "seed", "max_tokens": 100, "messages": [user("Hi")], **fields}
    given = {name: value for name, value in body.items() if value is not ...}
    return Seen("host", "POST", "/messages", headers, given, b"", "1")


def answer(dialect, item=None, **fields: Any) -> Any:
    delivery = Messages(lambda: item, dialect).answer(seen(**fields))
    return json.loads(b"".join(piece for piece in delivery.pieces if isinstance(piece, bytes)))


def refusal(dialect, **fields: Any) -> tuple[int, str]:
    with pytest.raises(Refused) as refused:
        Messages(lambda: None, dialect).answer(seen(**fields))
    return refused.value.status, refused.value.body["error"]["message"]


def test_the_standard_takes_both_headers_and_recorded_words_refuse():
    assert answer(Dialect(CHOOSE), headers={"authorization": "Bearer k"})
    assert refusal(Dialect(CHOOSE), headers={}) == (401, "x-api-key header is required")
    assert refusal(Dialect(CHOOSE), headers={"x-api-key": "invalid"}) == (401, "invalid x-api-key")
    assert refusal(Dialect(CHOOSE, key=bearer)) == (401, "x-api-key header is required")


def test_the_version():
    dialect = Dialect(CHOOSE, needs_version=True)
    assert refusal(dialect) == (400, "anthropic-version: header is required")
    assert answer(dialect, headers={**KEY, "anthropic-version": "2023-06-01"})


def test_the_model():
    assert refusal(Dialect(CHOOSE), model="other") == (404, "model: other")
    assert refusal(Dialect(CHOOSE), model=...) == (400, "model: Field required")
    assert refusal(Dialect(CHOOSE), model="") == (400, "model: Field required")


def test_max_tokens():
    assert refusal(Dialect(CHOOSE), max_tokens=...) == (400, "max_tokens: Field required")
    assert answer(Dialect(CHOOSE, needs_max_tokens=False), max_tokens=...)


def test_roles():
    talk = said(user("Hi"), {"role": "system", "content": "x"}, user("Go"))
    assert answer(Dialect(CHOOSE), **talk)
    status, words = refusal(Dialect(CHOOSE, roles=("user", "assistant")), **talk)
    assert (status, words) == (
        400,
        "messages.1.role: must be one of user, assistant, not 'system'",
    )


def test_server_tools_and_own_fields():
    tools = [{"type": "web_search_20250305", "name": "web_search"}]
    assert refusal(Dialect(CHOOSE), tools=tools)[0] == 400
    dialect = Dialect(CHOOSE, server_tools=("web_search_",), fields={"fast": boolean})
    assert answer(dialect, tools=tools, fast=True)
    assert refusal(dialect, fast=1) == (400, "fast: must be a boolean")


def test_thinking_under_another_name():
    def thinking(body):
        return {"type": "disabled"} if body.get("quiet") else None

    dialect = Dialect(CHOOSE, thinking=thinking)
    assert [block["type"] for block in answer(dialect, quiet=True)["content"]] == ["text"]
    assert [block["type"] for block in answer(dialect)["content"]] == ["thinking", "text"]


def test_unsigned_thinking():
    dialect = Dialect(CHOOSE, signs=False)
    scripted = Answer(reasoning="Hm.", tool_calls=[ToolUse("f")])
    thought, used = answer(dialect, scripted)["content"]
    assert thought == {"type": "thinking", "thinking": "Hm.", "signature": ""}
    # What is not signed may come back in any state, and need not come back.
    altered = {**thought, "thinking": "Ho.", "signature": "x"}
    for blocks in ([thought, used], [altered, used], [used]):
        assert answer(dialect, **said(user("Hi"), assistant(*blocks), user([result(used["id"])])))


def test_keep_alives_and_ids():
    delivery = Messages(lambda: Answer(text="a", comments=2), Dialect(CHOOSE)).answer(
        seen(stream=True)
    )
    pieces = list(delivery.pieces)
    assert pieces[:2] == [PING, PING]
    assert answer(Dialect(CHOOSE))["id"] == "msg_000000000000000000000001"
    assert delivery.headers["request-id"].startswith("req_")


def test_counting():
    face = Messages(lambda: None, Dialect(CHOOSE))

    def count(**fields):
        (body,) = face.count(seen(max_tokens=..., **fields)).pieces
        assert isinstance(body, bytes)
        return json.loads(body)["input_tokens"]

    assert set(
        json.loads(b"".join(p for p in face.count(seen()).pieces if isinstance(p, bytes)))
    ) == {"input_tokens"}
    plain = count()
    assert count(system="Be brief.") > plain
    assert count(tools=[{"name": "f", "input_schema": {}}]) > plain
    talk = [user("Hi"), assistant(text("A"), call()), user([result(content=[text("B" * 40)])])]
    assert count(**said(*talk)) > plain + 10
    assert count(thinking={"type": "enabled", "budget_tokens": 2000}) == plain
    with pytest.raises(Refused) as refused:
        count(model="claude-does-not-exist")
    assert refused.value.status == 404
    assert refused.value.body["error"] == {
        "type": "not_found_error",
        "message": "model: claude-does-not-exist",
    }


def test_addresses():
    face = Messages(lambda: None, Dialect(CHOOSE))
    assert [route.path for route in face.routes()] == ["/v1/messages", "/v1/messages/count_tokens"]
    assert [route.path for route in face.routes("/m", counts=False)] == ["/m"]
