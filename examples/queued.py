"""fal's queue: how far a job has come. It is cancelled if this program ends before it does."""

from langchain_seed import ChatSeed
from seed_core import Progress


def tell(progress: Progress) -> None:
    place = "" if progress.position is None else f", {progress.position} before it"
    print(f"[{progress.status}{place}] {' '.join(progress.logs)}")


llm = ChatSeed(provider="fal", api="queue", on_progress=tell, timeout=300)

answer = llm.invoke("Why is the sky blue? Answer in two sentences.")
print(answer.text)
print(f"{answer.response_metadata['cost']:.6f} USD")
