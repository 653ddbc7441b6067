"""Questions over text files: a retriever of our own, the answer as a stream, its sources."""

import re
from pathlib import Path

from llama_index.core.base.response.schema import StreamingResponse
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from llamaindex_seed import SeedLLM


class KeywordRetriever(BaseRetriever):
    """The three paragraphs that share the most, and the rarest, words with the question."""

    def __init__(self, folder: Path) -> None:
        self.nodes = [
            TextNode(text=paragraph, metadata={"file": path.name})
            for path in sorted(folder.glob("*.txt"))
            for paragraph in path.read_text("utf-8").split("\n\n")
        ]
        self.words = [set(re.findall(r"\w+", node.text.lower())) for node in self.nodes]
        super().__init__()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        asked = set(re.findall(r"\w+", query_bundle.query_str.lower()))
        rarity = {word: 1 / (1 + sum(word in words for words in self.words)) for word in asked}
        scores = [sum(rarity[word] for word in asked & words) for words in self.words]
        found = [NodeWithScore(node=n, score=s) for n, s in zip(self.nodes, scores, strict=True)]
        return sorted(found, key=lambda one: -one.get_score())[:3]


retriever = KeywordRetriever(Path(__file__).parents[1] / "data" / "texts")
engine = RetrieverQueryEngine.from_args(retriever, llm=SeedLLM(), streaming=True)
answer = engine.query("Until when does Boskoop keep?")
assert isinstance(answer, StreamingResponse)
answer.print_response_stream()
print(*(f"\n{one.score:.2f} {one.metadata['file']}" for one in answer.source_nodes))
