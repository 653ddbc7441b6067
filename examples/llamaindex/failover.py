"""Several hosts, asked in order: a stream comes from the first of them that begins to answer."""

from llama_index.core.llms import ChatMessage, ChatResponse

from llamaindex_seed import SeedLLM

llm = SeedLLM(
    provider=[
        "openrouter",
        {"provider": "volcengine", "api": "responses"},  # what belongs to one host stands with it
        "modelslab",
    ],
    max_retries=1,  # at each of them
)

last = ChatResponse(message=ChatMessage(role="assistant"))
question = ChatMessage(role="user", content="Why is the sky blue? Answer in two sentences.")
for last in llm.stream_chat([question]):
    print(last.delta, end="")

told = last.additional_kwargs
print(f"\n{told['model']} at {told['provider']}")
for failed in told.get("failed_providers", []):
    print(f"{failed['provider']} did not answer: {failed['error']}, {failed['status_code']}")
