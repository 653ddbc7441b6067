"""An object out of a text, shown while its fields fill in."""

from llama_index.core.prompts import PromptTemplate
from pydantic import BaseModel

from llamaindex_seed import SeedLLM


class Order(BaseModel):
    """What somebody wants to buy."""

    product: str
    quantity: int
    city: str


prompt = PromptTemplate("Extract the order: {text}")
text = "Please send 12 boxes of Gala apples to Lisbon."

for order in SeedLLM().stream_structured_predict(Order, prompt, text=text):
    print(order)
