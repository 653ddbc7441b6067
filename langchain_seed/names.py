"""Where this integration keeps things in LangChain's messages."""

MODEL_PROVIDER = "seed"
"""`response_metadata["model_provider"]`, `ls_provider`, and the name of the block translator."""

REASONING = "reasoning_content"
"""`additional_kwargs`: the reasoning text. Core reads it too, when this package is not imported."""

STATE = "seed"
"""`additional_kwargs`: what the issuer must get back: `issuer`, `reasoning_details`,
`annotations`."""

REFUSAL = "refusal"
"""`additional_kwargs`: the words with which the model declined."""

CITATIONS = "citations"
"""`additional_kwargs`: sources, as LangChain's standard citations."""

MISFIT = "misfit"
"""`response_metadata`: why an answer does not fit what was asked for in words."""
