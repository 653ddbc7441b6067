"""What LlamaIndex wants to know of a model before it asks it. Cheap, and never an error."""

from __future__ import annotations

from llama_index.core.base.llms.types import LLMMetadata

from seed_core.capabilities import Capabilities
from seed_core.copying import copied

CONTEXT_WINDOW = 262_144
"""Tokens of input and output together, where nothing is known of the model: Seed 2.0's."""

OUTPUT = 8192
"""Tokens that LlamaIndex keeps free for reasoning and answer unless `max_tokens` is said. It takes
them off the context when it packs documents, so the model's maximum would be too much."""


_METADATA = LLMMetadata(
    context_window=CONTEXT_WINDOW,
    num_output=OUTPUT,
    is_chat_model=True,
    is_function_calling_model=True,
    model_name="",
)
"""What LlamaIndex has checked: ours are copies with other values. See `seed_core.copying`."""


def to_metadata(
    can: Capabilities, model: str, *, max_tokens: int | None, context_window: int | None
) -> LLMMetadata:
    """The metadata of one model at one host.

    Args:
        can: what the host says of the model.
        model: its id.
        max_tokens: the user's limit on reasoning and answer, in tokens.
        context_window: the user's word on the context, in tokens.
    """
    window = context_window or can.context_window or CONTEXT_WINDOW
    return copied(
        _METADATA,
        context_window=window,
        num_output=max_tokens or min(OUTPUT, window // 4),
        is_function_calling_model=can.serves("tools") is not False,
        model_name=model,
    )
