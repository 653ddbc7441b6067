"""A prompt that a host repeats in its error is in no message, and nothing else of it is lost."""

import json
from typing import Any

import pytest

from seed_core.emulator import Emulator, Raw
from seed_core.errors import APIStatusError, BadRequestError
from seed_core.providers.standards import without_rows
from seed_core.types import Message, Prompt, Text
from tests.contract.rows import Row, all_rows
from tests.core.calling import ask
from tests.security.showing import told

SAID = "my diary, which nobody may see"
PROMPT = Prompt((Message("user", (Text(SAID),)),))
ROW: dict[str, Any] = {
    "type": "string_too_long",
    "loc": ["body", "messages", 0],
    "msg": "String is too long",
    "input": {"messages": [{"role": "user", "content": SAID}]},
    "ctx": {"limit_value": 3},
}
AS_PYTHON = repr([{**ROW, "loc": ("body", "messages")}, ROW])
FORMS: dict[str, Any] = {
    "rows": {"detail": [ROW, {**ROW, "input": SAID}]},
    "rows in an error": {"error": {"message": "Invalid", "code": 422, "details": [ROW]}},
    "rows as text": {"error": {"message": json.dumps({"detail": [ROW]}), "code": 422}},
    "rows of an upstream": {
        "error": {
            "message": "Provider returned error",
            "code": 422,
            "metadata": {"raw": json.dumps({"detail": [ROW]}), "provider_name": "Seed"},
        }
    },
    "rows of an upstream, cut off": {
        "error": {
            "message": "Provider returned error",
            "code": 422,
            "metadata": {"raw": json.dumps({"detail": [ROW]})[:-30], "provider_name": "Seed"},
        }
    },
    "rows as Python prints them": {"error": {"message": AS_PYTHON, "code": 422}},
    "the same, cut off": {"error": {"message": AS_PYTHON[:-20], "code": 422}},
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("row", all_rows(), ids=str)
def test_no_form_of_an_error_repeats_the_prompt(emulator: Emulator, row: Row, form: str) -> None:
    body = json.dumps(FORMS[form]).encode()
    emulator.script(Raw(422, body=body), host=row.emulated)
    error = ask("sync", row.at(emulator), stream=False, prompt=PROMPT).failure(BadRequestError)
    assert error.status_code == 422
    assert SAID not in told(error)
    assert SAID not in json.dumps(error.body)
    if form == "rows":
        assert "body.messages.0: String is too long" in str(error)


@pytest.mark.parametrize("row", all_rows(), ids=str)
def test_nor_does_an_error_that_was_cut_off_by_a_proxy(emulator: Emulator, row: Row) -> None:
    body = json.dumps(FORMS["rows"]).encode()
    emulator.script(Raw(422, body=body[: body.index(SAID.encode()) + 9]), host=row.emulated)
    error = ask("sync", row.at(emulator), stream=True, prompt=PROMPT).error
    assert isinstance(error, APIStatusError)
    assert "my diary" not in told(error)


def test_what_is_no_row_is_left_alone() -> None:
    for said in (
        {"error": {"message": "the input is too long", "code": 400}},
        {"error": {"input": 5, "message": "loc"}},
        {"detail": "a sentence about loc and input"},
        {"usage": {"input": 9}},
    ):
        assert without_rows(said) == said
