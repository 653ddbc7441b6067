"""What a query engine's calls come to, and a budget that stops them."""

from llama_index.core import Document, SummaryIndex

from llamaindex_seed import SeedLLM, SeedUsageHandler
from seed_core import BudgetExceededError

llm = SeedLLM()
notes = ["Boskoop keeps until April.", "Gala is eaten by Christmas.", "Quinces are for jelly."]
index = SummaryIndex.from_documents([Document(text=note) for note in notes])
engine = index.as_query_engine(llm=llm)

with SeedUsageHandler() as usage:
    engine.query("Which apple keeps longest?")
print(usage)  # a table; usage.as_dict() has the same as plain values

with SeedUsageHandler(max_usd=usage.total_usd * 1.5) as usage:
    try:
        for question in ["Which is for jelly?", "Which is eaten first?", "Which is an apple?"]:
            print(engine.query(question))
    except BudgetExceededError as error:
        print(f"{usage.total.calls} calls were made; {error}")
