"""LangChain's own unit tests for chat models, with everything that this model has."""

from functools import partial
from typing import Any

import pytest

pytest.importorskip("langchain_tests")

from langchain_core.load import load
from langchain_tests.unit_tests import ChatModelUnitTests
from langchain_tests.unit_tests import chat_models as suite
from syrupy.assertion import SnapshotAssertion
from syrupy.filters import paths

from langchain_seed import ChatSeed
from tests.langchain.samples import KEY, MODEL

# The suite calls `BaseChatModel.dict()`, which LangChain has since deprecated.
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*BaseChatModel.dict:langchain_core._api.deprecation.LangChainDeprecationWarning"
)


class TestChatSeed(ChatModelUnitTests):
    chat_model_class = ChatSeed
    chat_model_params = {"provider": "openrouter", "model": MODEL, "api_key": KEY}  # noqa: RUF012
    supports_json_mode = True
    supports_image_inputs = True
    supports_image_urls = True
    supports_pdf_inputs = True
    supports_video_inputs = True
    supports_image_tool_message = True
    supports_pdf_tool_message = True
    supports_anthropic_inputs = True

    @property
    def init_from_env_params(self) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
        # The key stays where it is: only the provider that is found by it shows on the model.
        return {"OPENROUTER_API_KEY": KEY}, {}, {"model_name": MODEL, "api_key": None}

    @pytest.fixture(autouse=True)
    def _set_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        # The suite loads with `allowed_objects="all"`, by which LangChain means a fixed list of
        # its own partners. A class of anybody else is let in by this argument.
        name: tuple[str, ...] = ("langchain_seed", "chat", "ChatSeed")
        monkeypatch.setattr(suite, "load", partial(load, additional_import_mappings={name: name}))

    @pytest.fixture
    def snapshot(self, snapshot: SnapshotAssertion) -> SnapshotAssertion:
        # Every release has another version; the rest must stay as it is.
        return snapshot.with_defaults(exclude=paths("kwargs.metadata.lc_versions"))
