"""Ask about a PDF, and ask again: the host's parse of it travels with the answer."""

from pathlib import Path

from llama_index.core.llms import ChatMessage, DocumentBlock, TextBlock

from llamaindex_seed import SeedLLM

report = Path(__file__).parents[1] / "data" / "report.pdf"

llm = SeedLLM()
history = [
    ChatMessage(
        role="user",
        blocks=[DocumentBlock(path=report), TextBlock(text="How many apples were sold?")],
    )
]
answer = llm.chat(history).message
print(answer.content)

history += [answer, ChatMessage(role="user", content="And which day was the best?")]
print(llm.chat(history).message.content)
