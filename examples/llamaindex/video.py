"""Ask about a video: `SeedMultiModal` takes media as arguments of a completion."""

from pathlib import Path

from llama_index.core.base.llms.types import VideoBlock

from llamaindex_seed import SeedMultiModal

clip = Path(__file__).parents[1] / "data" / "clip.mp4"

llm = SeedMultiModal()
print(llm.complete("Which way does the ball roll?", video_documents=[VideoBlock(path=clip)]))
