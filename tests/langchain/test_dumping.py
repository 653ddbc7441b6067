"""A model is written down in our own, quicker way: just as LangChain's own would write it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.language_models import BaseChatModel
from langchain_core.load import dumpd
from pydantic import Field

from langchain_seed import ChatSeed
from seed_core import Timeout, resolve

KEY = "sk-or-v1-a-key-that-nobody-may-see"

SAID: dict[str, st.SearchStrategy[Any]] = {
    "temperature": st.sampled_from([0.0, 0.5]),
    "max_tokens": st.sampled_from([0, 9]),
    "stop": st.sampled_from([[], ["END"]]),
    "thinking": st.sampled_from(["disabled", "auto"]),
    "hide_reasoning": st.booleans(),
    "coalesce": st.booleans(),
    "streaming": st.booleans(),
    "stream_usage": st.booleans(),
    "max_retries": st.sampled_from([0, 2, 3]),
    "max_retry_wait": st.sampled_from([0, 60.0]),
    "timeout": st.sampled_from([1.5, Timeout(read=5), (1, 2)]),
    "transport": st.sampled_from(["auto", "httpx"]),
    "openrouter": st.sampled_from([{}, {"route": "fallback"}]),
    "host_options": st.sampled_from([{}, {"openrouter": {"route": "fallback"}}]),
    "model_kwargs": st.sampled_from([{}, {"a": 1}, {"lc": 1}]),
    "extra_body": st.sampled_from([{}, {"top_k": 3}]),
    "prices": st.just({"input": 0.1, "output": 0.4}),
    "default_headers": st.just({"x-secret": KEY}),
    "on_progress": st.just(print),
    "model": st.sampled_from(["other/model"]),
    "tags": st.sampled_from([[], ["a"]]),
    "metadata": st.sampled_from([{}, {"a": {"lc": 1}}]),
    "name": st.sampled_from(["", "mine"]),
    "cache": st.booleans(),
    "verbose": st.booleans(),
    "output_version": st.sampled_from(["v0", "v1"]),
    "profile": st.just({"max_input_tokens": 9}),
    "disable_streaming": st.sampled_from([True, False, "tool_calling"]),
}


@given(st.fixed_dictionaries({}, optional=SAID))
def test_whatever_is_said(said: dict[str, Any]) -> None:
    llm = ChatSeed(provider="openrouter", api_key=KEY, **said)
    assert llm.to_json() == BaseChatModel.to_json(llm)
    assert KEY not in str(dumpd(llm))


@pytest.mark.parametrize(
    "provider",
    [
        "openrouter",
        resolve("openrouter", api_key=KEY),
        [resolve("openrouter", api_key=KEY), resolve("fal", api_key="a:b")],
        {"provider": "openrouter", "api_key": KEY, "base_url": "https://a.example/v1"},
    ],
)
def test_whoever_is_asked(provider: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    llm = ChatSeed(provider=provider)
    assert llm.to_json() == BaseChatModel.to_json(llm)
    assert KEY not in str(dumpd(llm))


def test_an_empty_key_is_still_no_text() -> None:
    llm = ChatSeed(provider="compatible", base_url="http://a.example/v1", model="a", api_key="")
    assert llm.to_json() == BaseChatModel.to_json(llm)


@pytest.mark.parametrize("value", [None, {}, [], 0, ""])
@pytest.mark.parametrize("name", ["extra_body", "host_options", "openrouter", "temperature"])
def test_what_is_set_to_something_empty(name: str, value: Any) -> None:
    llm = ChatSeed(provider="openrouter", api_key=KEY)
    setattr(llm, name, value)
    assert llm.to_json() == BaseChatModel.to_json(llm)


class Tuned(ChatSeed):
    """A class of a user's own."""

    tone: str = "dry"
    rules: list[str] = Field(default_factory=lambda: ["be kind"])

    @property
    def lc_secrets(self) -> dict[str, str]:
        """One more."""
        return {"tone": "TONE"}


def test_a_class_of_a_users_own_is_written_by_langchain() -> None:
    llm = Tuned(provider="openrouter", api_key=KEY)
    written = llm.to_json()
    assert written == BaseChatModel.to_json(llm)
    assert "be kind" in str(written)
    assert KEY not in str(dumpd(llm))
