"""LlamaIndex's token counter: its totals are the host's, for whole answers and for streams."""

from llama_index.core.callbacks import CallbackManager, TokenCountingHandler

from llamaindex_seed import SeedLLM, tokenize

counter = TokenCountingHandler(tokenizer=tokenize)
llm = SeedLLM(callback_manager=CallbackManager([counter]))

whole = llm.complete("Name three kinds of apple.")
*_, last = llm.stream_complete("Name three kinds of pear.")

told = [(response.raw or {})["usage"] for response in (whole, last)]
print("counted:", counter.prompt_llm_token_count, "in,", counter.completion_llm_token_count, "out")
print(
    "told:   ",
    sum(usage["prompt_tokens"] for usage in told),
    "in,",
    sum(usage["completion_tokens"] for usage in told),
    "out",
)
