"""Watch the model think, then answer: reasoning and text arrive as blocks of their own."""

from langchain_seed import ChatSeed

llm = ChatSeed(reasoning_effort="high")
last = ""

for chunk in llm.stream("A bat and a ball cost 1.10 together; the bat costs 1 more. The ball?"):
    for block in chunk.content_blocks:
        if block["type"] not in ("reasoning", "text"):
            continue
        if block["type"] != last:
            last = block["type"]
            print(f"\n--- {last} ---")
        print(block["reasoning"] if block["type"] == "reasoning" else block["text"], end="")
print()
