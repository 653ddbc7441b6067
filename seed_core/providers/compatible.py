"""Any server that speaks OpenAI's chat completions: vLLM, SGLang, LiteLLM, a gateway.

Nothing is known of its models, so everything is sent as the wire says. What the wire has no word
for (thinking on, a budget, frames a second) is refused rather than dropped.
"""

from __future__ import annotations

from seed_core.capabilities import Capabilities
from seed_core.providers.base import ModelFacts, Provider
from seed_core.wire.chat import ChatWire

_WIRE_ONLY = Capabilities(
    no=frozenset({"video_fps", "web_search", "caching", "thinking_budget"}),
    thinking=("disabled",),
)

COMPATIBLE = Provider(
    name="compatible",
    base_url="",
    root_path="/v1",
    model="",
    key_names=("SEED_API_KEY",),
    needs_key=False,
    wires={"chat": ChatWire()},
    facts=(ModelFacts(r".*", _WIRE_ONLY),),
)
