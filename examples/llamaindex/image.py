"""Ask about a picture: a local file here; a block with `url=` works as well."""

from pathlib import Path

from llama_index.core.llms import ChatMessage, ImageBlock, TextBlock

from llamaindex_seed import SeedLLM

chart = Path(__file__).parents[1] / "data" / "chart.png"

question = ChatMessage(
    role="user",
    blocks=[
        ImageBlock(path=chart, detail="high"),
        TextBlock(text="On which day were most apples sold, and how many?"),
    ],
)
print(SeedLLM().chat([question]).message.content)
