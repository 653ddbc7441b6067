"""LangChain's own integration tests for chat models, against the emulator.

A green run proves the protocol and the translation, not the quality of a model's answers.
"""

from typing import Any

import pytest

pytest.importorskip("langchain_tests")

from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.integration_tests import chat_models as suite

from langchain_seed import ChatSeed
from seed_core.emulator import Emulator
from tests.langchain.asking import added, beta
from tests.langchain.samples import KEY, MODEL, served

pytestmark = beta


class TestChatSeed(ChatModelIntegrationTests):
    chat_model_class = ChatSeed
    has_tool_calling = True
    has_tool_choice = True
    has_structured_output = True
    supports_json_mode = True
    supports_image_inputs = True
    supports_image_urls = True
    supports_pdf_inputs = True
    supports_video_inputs = True
    supports_image_tool_message = True
    supports_pdf_tool_message = True
    supports_anthropic_inputs = True
    model_override_value = "bytedance-seed/seed-2.0-lite"

    @pytest.fixture(autouse=True)
    def _set_up(self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
        self.base_url = emulator.url("openrouter")
        # The suite's own fetching of test files is replaced, nothing of ours.
        monkeypatch.setattr(suite, "httpx", served)

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {
            "provider": "openrouter",
            "model": MODEL,
            "api_key": KEY,
            "base_url": self.base_url,
            # The suite's 100 tokens hold an answer and its reasoning, but not a long one.
            "max_tokens": 2000,
        }

    @property
    def supported_usage_metadata_details(self) -> Any:
        details = ["reasoning_output", "cache_read_input", "cache_creation_input"]
        return {"invoke": details, "stream": details}

    def _ask(self, prompt: Any, *, stream: bool, **settings: Any) -> AIMessage:
        model = ChatSeed(**{**self.chat_model_params, **settings})
        return added(list(model.stream(prompt))) if stream else model.invoke(prompt)

    def invoke_with_reasoning_output(self, *, stream: bool = False) -> AIMessage:
        message = self._ask("Why is the sky blue?", stream=stream, reasoning_effort="high")
        assert message.usage_metadata is not None
        assert message.usage_metadata["output_token_details"]["reasoning"] > 0
        return message

    def invoke_with_cache_read_input(self, *, stream: bool = False) -> AIMessage:
        prompt = [SystemMessage("A long introduction. " * 1000), HumanMessage("Hello")]
        self._ask(prompt, stream=stream, caching=True)
        message = self._ask(prompt, stream=stream, caching=True)
        assert message.usage_metadata is not None
        assert message.usage_metadata["input_token_details"]["cache_read"] > 0
        return message

    def invoke_with_cache_creation_input(self, *, stream: bool = False) -> AIMessage:
        text = f"Another long introduction, {stream}. " * 1000
        prompt = [SystemMessage(text), HumanMessage("Hello")]
        message = self._ask(prompt, stream=stream, caching=True)
        assert message.usage_metadata is not None
        assert message.usage_metadata["input_token_details"]["cache_creation"] > 0
        return message
