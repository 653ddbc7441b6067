"""An answer from texts and pictures: `multimodal=True` shows the model what was retrieved."""

from pathlib import Path

from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import BaseNode, ImageNode, NodeWithScore, QueryBundle, TextNode

from llamaindex_seed import SeedLLM

DATA = Path(__file__).parents[1] / "data"


class Shelf(BaseRetriever):
    """Hands out everything that stands on it; put the retriever of your index here."""

    def __init__(self, nodes: list[BaseNode]) -> None:
        self.nodes = nodes
        super().__init__()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [NodeWithScore(node=node, score=1.0) for node in self.nodes]


shelf = Shelf(
    [
        TextNode(text=(DATA / "texts" / "market.txt").read_text("utf-8")),
        ImageNode(image_path=str(DATA / "chart.png")),
    ]
)
engine = RetrieverQueryEngine.from_args(shelf, llm=SeedLLM(), multimodal=True)
print(engine.query("Does the chart agree with the text on the best day?"))
