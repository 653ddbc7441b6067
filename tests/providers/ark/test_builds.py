"""Dated builds of Ark's models: JSON in words where one knows none, and sealed reasoning."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from seed_core.capabilities import Feature
from seed_core.emulator import Emulator
from seed_core.errors import NotFoundError, UnsupportedError
from seed_core.providers import who_can
from seed_core.providers.ark import SEALED
from seed_core.types import JsonObject, JsonSchema, Message, Options, Prompt, Text
from tests.core.calling import ask
from tests.providers.ark.hosts import NEW, RESPONSES, at
from tests.providers.sending import sent

FORMS = (JsonObject(), JsonSchema("s", {"type": "object"}))


def cloud_of(model: str) -> str:
    return "volcengine" if model.startswith("doubao") else "byteplus"


def wanting(form: JsonObject | JsonSchema, **options: Any) -> Prompt:
    said = Message("user", (Text("json please"),))
    return Prompt((said,), response_format=form, options=Options(**options))


@pytest.mark.parametrize(
    "model",
    [
        NEW,
        "seed-2-0-lite-260428",
        "seed-2-0-code-preview-260328",
        "doubao-seed-2-0-mini-260428",
        "doubao-seed-2-0-code-preview-260215",
    ],
)
@pytest.mark.parametrize("form", FORMS, ids=["object", "schema"])
def test_builds_without_json_are_asked_for_it_in_words(
    emulator: Emulator, model: str, form: JsonObject | JsonSchema
) -> None:
    for api in ("chat", "responses"):
        provider = at(emulator, cloud_of(model), api=api, model=model)
        for stream in (False, True):
            reply = ask("sync", provider, stream=stream, prompt=wanting(form)).reply
            assert isinstance(json.loads(reply.text), dict)
    assert len(emulator.requests) == 4
    assert all(b"JSON object" in seen.raw for seen in emulator.requests)
    assert not any({"response_format", "text"} & seen.body.keys() for seen in emulator.requests)


@pytest.mark.parametrize("model", [NEW, "doubao-seed-2-0-mini-260428"])
@pytest.mark.parametrize("form", FORMS, ids=["object", "schema"])
def test_builds_without_json_refuse_it_where_words_are_off(
    emulator: Emulator, model: str, form: JsonObject | JsonSchema
) -> None:
    cloud, asked = cloud_of(model), wanting(form, tool_calling="off")
    feature: Feature = "json_object" if isinstance(form, JsonObject) else "json_schema"
    for api in ("chat", "responses"):
        outcome = ask("sync", at(emulator, cloud, api=api, model=model), stream=False, prompt=asked)
        said = str(outcome.failure(UnsupportedError))
        assert f"{cloud} does not support {feature} for this model" in said
        assert f"({', '.join(who_can(feature))} can)" in said
    assert emulator.requests == []


def test_the_older_mini_takes_json(emulator: Emulator) -> None:
    for api in ("chat", "responses"):
        host = at(emulator, api=api)
        reply = ask("sync", host, stream=False, prompt=wanting(JsonObject())).reply
        assert isinstance(json.loads(reply.text), dict)
    chat, responses = (seen.body for seen in emulator.requests)
    assert chat["response_format"] == {"type": "json_object"}
    assert responses["text"] == {"format": {"type": "json_object"}}


@pytest.mark.parametrize(
    ("model", "seals"),
    [
        ("seed-2-0-mini-260215", False),
        ("doubao-seed-2-0-mini-260215", False),
        ("seed-2-0-lite-260228", False),
        ("seed-1-8-251228", False),
        ("seed-2-0-mini-260428", True),
        ("seed-2-0-pro-260328", True),
        ("dola-seed-2-1-turbo-260628", True),
    ],
)
def test_sealed_reasoning_is_asked_for_where_a_build_has_some(model: str, seals: bool) -> None:
    assert bool(re.fullmatch(SEALED, model)) == seals
    body = sent(replace(RESPONSES, model=model))
    assert ("include" in body) == seals
    assert body["store"] is False


def test_a_model_that_is_not_served_is_told(emulator: Emulator) -> None:
    error = ask("sync", at(emulator, model="seed-9"), stream=False).failure(NotFoundError)
    assert error.code == "InvalidEndpointOrModel.NotFound"
    assert error.request_id
    assert "check model= and base_url=" in str(error)
