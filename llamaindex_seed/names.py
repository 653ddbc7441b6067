"""Where this integration keeps things in LlamaIndex's messages and responses."""

REASONING = "reasoning_content"
"""`message.additional_kwargs`: the reasoning text so far."""

THINKING_DELTA = "thinking_delta"
"""`response.additional_kwargs`: what a chunk adds to the reasoning. LlamaIndex's agents read it."""

TOOL_CALLS = "tool_calls"
"""`message.additional_kwargs`: the calls in OpenAI's form. LlamaIndex's programs look for it."""

TOOL_CALL_ID = "tool_call_id"
"""`message.additional_kwargs` of a tool's message: the call that it answers. LlamaIndex's own."""

REFUSAL = "refusal"
"""`message.additional_kwargs`: the words with which the model declined; they are the text, too."""

FINISH_REASON = "finish_reason"
"""`response.additional_kwargs`: why the answer ended; there on whole replies and last chunks."""

CITATIONS = "citations"
"""`additional_kwargs` of a completion, which has no blocks: the citation blocks as plain dicts."""

ISSUER = "issuer"
"""`ThinkingBlock.additional_information`: who gave the rest of it, and alone gets it back."""

DETAILS = "reasoning_details"
"""`ThinkingBlock.additional_information`: the issuer's own entries."""

ANNOTATIONS = "annotations"
"""`ThinkingBlock.additional_information`: the issuer's notes on documents, which save a second
parse. They stand there because LlamaIndex prints `additional_kwargs` into some prompts."""
