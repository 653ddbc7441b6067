"""An answer as an object: the schema goes to the host, and the answer is checked against it."""

from pydantic import BaseModel, Field

from langchain_seed import ChatSeed


class Order(BaseModel):
    """An order that somebody placed."""

    product: str
    quantity: int = Field(ge=1)
    city: str = Field(description="where it goes")


llm = ChatSeed(thinking="disabled").with_structured_output(Order)

order = llm.invoke('Please send 12 boxes of "Gala apples" to our shop in Lisbon.')
print(repr(order))
