"""Any server that speaks OpenAI's chat completions: vLLM, SGLang, LiteLLM, a gateway.

Nothing is known of its models, so everything is sent as the wire says.
"""

from __future__ import annotations

from seed_core.capabilities import Capabilities
from seed_core.providers.base import ModelFacts, Provider
from seed_core.wire.chat import ChatWire

COMPATIBLE = Provider(
    name="compatible",
    base_url="",
    root_path="/v1",
    model="",
    needs_key=False,
    wires={"chat": ChatWire()},
    facts=(ModelFacts(r".*", Capabilities(no=frozenset({"video_fps", "web_search", "caching"}))),),
)
