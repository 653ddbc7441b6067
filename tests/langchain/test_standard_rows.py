"""LangChain's own tests for chat models over every provider and every one of its wires.

What a provider can do comes from its own row, so that a new one brings its tests along. What is not
known of a model is sent, so it is tested, too: the emulated hosts all have it.
"""

from functools import partial
from typing import Any

import pytest

pytest.importorskip("langchain_tests")

from langchain_core.load import load
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.integration_tests import chat_models as integration_suite
from langchain_tests.unit_tests import ChatModelUnitTests
from langchain_tests.unit_tests import chat_models as unit_suite

from langchain_seed import ChatSeed
from seed_core.emulator import Emulator
from seed_core.providers import PROVIDERS
from tests.langchain.asking import added, beta
from tests.langchain.samples import served
from tests.rows import ROWS, Row

# The suite calls `BaseChatModel.dict()`, which LangChain has since deprecated.
old_dict = pytest.mark.filterwarnings(
    "ignore:.*BaseChatModel.dict:langchain_core._api.deprecation.LangChainDeprecationWarning"
)

OTHER_MODELS = {
    "openrouter": "bytedance-seed/seed-2.0-lite",
    "compatible": "bytedance-seed/seed-2.0-lite",
    "byteplus": "seed-2-0-lite-260228",
    "volcengine": "doubao-seed-2-0-lite-260215",
}
"""Another model of the host, where it serves more than one of Seed."""

NOT_COUNTED = {
    "modelslab": frozenset({"reasoning_output", "cache_read_input"}),
    # Its route in OpenAI's form can be asked for no cache.
    "fal": frozenset({"cache_read_input"}),
}
"""What a host leaves out of its usage."""


def flags_of(row: Row) -> dict[str, Any]:
    """What both suites want to know of a provider over one wire."""
    return {
        "row": row,
        "has_tool_calling": row.may("tools"),
        "has_tool_choice": row.may("tool_choice"),
        "has_structured_output": row.may("json_schema") or row.may("tools", "tool_choice"),
        "supports_json_mode": row.may("json_object"),
        "supports_image_inputs": row.may("image"),
        "supports_image_urls": row.may("image"),
        "supports_image_tool_message": row.may("image"),
        "supports_pdf_inputs": row.may("document"),
        "supports_pdf_tool_message": row.may("document"),
        "supports_video_inputs": row.may("video"),
        "supports_anthropic_inputs": True,
        "returns_usage_metadata": row.counts_streams,
        # An endpoint (`ep-...`) answers with the name of the build behind it.
        "supports_model_override": row.provider in OTHER_MODELS and row.api != "batch",
        "model_override_value": OTHER_MODELS.get(row.provider),
    }


class UnitTestsOfRow(ChatModelUnitTests):
    row: Row
    chat_model_class = ChatSeed

    @property
    def chat_model_params(self) -> dict[str, Any]:
        address = {"base_url": "http://127.0.0.1:9/v1"} if self.row.provider == "compatible" else {}
        said = {"provider": self.row.provider, "api": self.row.api, "model": self.row.model}
        return {**said, "api_key": self.row.key, **address}

    @property
    def init_from_env_params(self) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
        said = {name: value for name, value in self.chat_model_params.items() if name != "api_key"}
        return {self.row.key_name: self.row.key}, said, {"model_name": self.row.model}

    @pytest.fixture(autouse=True)
    def _set_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        name: tuple[str, ...] = ("langchain_seed", "chat", "ChatSeed")
        known = partial(load, additional_import_mappings={name: name})
        monkeypatch.setattr(unit_suite, "load", known)

    @pytest.fixture
    def snapshot(self) -> Any:
        # How it is written down is kept for one row; here it must only come back the same.
        return lambda name: AnyModel()


class AnyModel:
    def __eq__(self, written: object) -> bool:
        return isinstance(written, dict) and written["id"][-1] == "ChatSeed"

    __hash__ = None  # type: ignore[assignment]  # how Python says it


class IntegrationTestsOfRow(ChatModelIntegrationTests):
    row: Row
    chat_model_class = ChatSeed

    @pytest.fixture(autouse=True)
    def _set_up(self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
        self.settings = self.row.settings(emulator)
        monkeypatch.setattr(integration_suite, "httpx", served)

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {**self.settings, "max_tokens": 2000}

    @property
    def supported_usage_metadata_details(self) -> Any:
        told = {"reasoning_output", "cache_read_input"} - NOT_COUNTED.get(
            self.row.provider, frozenset()
        )
        return {"invoke": sorted(told), "stream": sorted(told)}

    def invoke_with_reasoning_output(self, *, stream: bool = False) -> AIMessage:
        message = self._ask("Why is the sky blue?", stream=stream, reasoning_effort="high")
        assert message.usage_metadata is not None
        assert message.usage_metadata["output_token_details"]["reasoning"] > 0
        return message

    def invoke_with_cache_read_input(self, *, stream: bool = False) -> AIMessage:
        prompt = [SystemMessage("A long introduction. " * 1000), HumanMessage("Hello")]
        asked = {"caching": True} if self.row.may("caching") else {}
        self._ask(prompt, stream=stream, **asked)
        message = self._ask(prompt, stream=stream, **asked)
        assert message.usage_metadata is not None
        assert message.usage_metadata["input_token_details"]["cache_read"] > 0
        return message

    def _ask(self, prompt: Any, *, stream: bool, **settings: Any) -> AIMessage:
        model = ChatSeed(**{**self.chat_model_params, **settings})
        return added(list(model.stream(prompt))) if stream else model.invoke(prompt)


def suites(kind: type[Any], prefix: str) -> dict[str, type[Any]]:
    """One class of tests for each row, by its name."""
    return {
        name: beta(old_dict(pytest.mark.slow(type(name, (kind,), flags_of(row)))))
        for row in ROWS
        for name in [f"Test{prefix}{str(row).title().replace('-', '')}"]
    }


globals().update(suites(UnitTestsOfRow, "Unit"))
globals().update(suites(IntegrationTestsOfRow, ""))


def test_every_wire_of_every_provider_has_both_suites() -> None:
    for name, provider in PROVIDERS.items():
        for api in provider.wires:
            for kind, made in ((UnitTestsOfRow, "TestUnit"), (IntegrationTestsOfRow, "Test")):
                suite = globals()[f"{made}{name.title()}{api.title()}"]
                assert issubclass(suite, kind)
                assert suite.row == Row(name, api)


@pytest.mark.parametrize("row", [row for row in ROWS if row.terse], ids=str)
def test_of_fals_endpoint_all_is_tested_but_what_it_cannot(row: Row) -> None:
    left_out = {name for name, tested in flags_of(row).items() if tested is False}
    assert left_out == {
        "supports_pdf_inputs",
        "supports_pdf_tool_message",
        "returns_usage_metadata",
        "supports_model_override",
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.counts and not row.counts_streams], ids=str
)
def test_a_host_whose_streams_are_silent_counts_in_whole_replies(
    row: Row, emulator: Emulator
) -> None:
    llm = ChatSeed(**row.settings(emulator))
    whole = llm.invoke("Hello")
    assert whole.usage_metadata is not None
    assert whole.usage_metadata["input_tokens"] > 0
    assert added(list(llm.stream("Hello"))).usage_metadata is None


@pytest.mark.slow
@pytest.mark.parametrize("row", [row for row in ROWS if not row.counts], ids=str)
def test_a_host_that_counts_nothing_is_not_counted_for(row: Row, emulator: Emulator) -> None:
    llm = ChatSeed(**row.settings(emulator))
    for message in (llm.invoke("Hello"), added(list(llm.stream("Hello")))):
        assert message.usage_metadata is None
        assert message.response_metadata["cost"] > 0
