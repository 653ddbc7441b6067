"""Any server that speaks chat completions, responses or messages: vLLM, SGLang, LiteLLM, a gateway.

Nothing is known of its models, so everything is sent as the wire says. What a wire has no word for
(chat completions: thinking on, a budget, frames a second) is refused rather than dropped.
"""

from __future__ import annotations

from dataclasses import replace

from seed_core.capabilities import Capabilities
from seed_core.providers.base import ModelFacts, Provider
from seed_core.types import Json, Prompt
from seed_core.wire.chat import ChatWire
from seed_core.wire.messages import FORMATS, MessagesWire
from seed_core.wire.responses import ResponsesWire


def marked_for_caching(prompt: Prompt) -> Json:
    """The messages wire's own mark on the whole request."""
    return {"cache_control": {"type": "ephemeral"}} if prompt.options.caching else {}


_OPENAI = Capabilities(
    no=frozenset({"video_fps", "image_pixel_limit", "web_search", "caching", "thinking_budget"}),
    thinking=("disabled",),
)
_ANTHROPIC = replace(
    _OPENAI,
    no=_OPENAI.no - {"caching", "thinking_budget"},
    thinking=("enabled", "disabled"),
    formats=FORMATS,
)

COMPATIBLE = Provider(
    name="compatible",
    base_url="",
    root_path="/v1",
    model="",
    key_names=("SEED_API_KEY",),
    needs_key=False,
    wires={
        "chat": ChatWire(),
        "responses": ResponsesWire(),
        # Anthropic's servers take the one, most others the other.
        "messages": MessagesWire(
            key_headers=("x-api-key", "authorization"), own_fields=marked_for_caching
        ),
    },
    models_path="/models",
    model_path="/models/{id}",
    count_path="/messages/count_tokens",
    facts=(
        ModelFacts(r".*", _ANTHROPIC, api="messages"),
        ModelFacts(r".*", _OPENAI),
    ),
)
