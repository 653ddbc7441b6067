"""Ask about a video, which is read while it is sent. A `url` that the host reaches saves that."""

from pathlib import Path

from langchain_core.messages import HumanMessage

from langchain_seed import ChatSeed

clip = Path(__file__).parent / "data" / "clip.mp4"

question = HumanMessage(
    [
        {"type": "text", "text": "What moves in this clip, and in which direction?"},
        {"type": "video", "path": clip},
    ]
)
print(ChatSeed().invoke([question]).text)
