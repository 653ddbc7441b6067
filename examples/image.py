"""Ask about a picture: a local file here; a block with a `url` works as well."""

from pathlib import Path

from langchain_core.messages import HumanMessage

from langchain_seed import ChatSeed

chart = Path(__file__).parent / "data" / "chart.png"

question = HumanMessage(
    [
        {"type": "text", "text": "On which day were most apples sold, and how many?"},
        {"type": "image", "path": chart},
    ]
)
print(ChatSeed(image_detail="high").invoke([question]).text)
