"""A conversation: the reasoning as it comes, then the answer, then what it cost."""

from llama_index.core.llms import ChatMessage

from llamaindex_seed import SeedLLM

llm = SeedLLM(reasoning_effort="high")
messages = [
    ChatMessage(role="system", content="Answer in one sentence."),
    ChatMessage(role="user", content="Why is the sky blue?"),
]

print("--- reasoning ---")
speaking = False
for response in llm.stream_chat(messages):
    print(response.additional_kwargs.get("thinking_delta", ""), end="")
    if response.delta and not speaking:
        speaking = True
        print("\n--- answer ---")
    print(response.delta, end="")

told = response.additional_kwargs
print(f"\n{told['reasoning_tokens']} of {told['completion_tokens']} tokens on reasoning")
print(f"{told['cost']:.7f} USD at {told['provider']}")
