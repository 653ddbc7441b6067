"""Ask about a PDF, twice. With the first answer in the history it is parsed only once."""

from pathlib import Path

from langchain_core.messages import HumanMessage

from langchain_seed import ChatSeed

llm = ChatSeed()
report = Path(__file__).parent / "data" / "report.pdf"

question = HumanMessage(
    [
        {"type": "text", "text": "How many apples does this report count?"},
        {"type": "file", "path": report},
    ]
)
answer = llm.invoke([question])
print(answer.text)

# The host's parse travels with the answer and goes back with it.
print(llm.invoke([question, answer, HumanMessage("And which day was the best?")]).text)
