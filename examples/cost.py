"""What calls come to, and a budget that stops them: tokens and USD by provider and model."""

from langchain_seed import ChatSeed, SeedUsageCallback
from seed_core import BudgetExceededError

llm = ChatSeed()
fruits = ["apples", "pears", "plums", "quinces"]

with SeedUsageCallback() as usage:
    llm.batch([f"Name three kinds of {fruit}." for fruit in fruits])
print(usage)  # a table; usage.as_dict() has the same as plain values
print(f"{usage.total.unknown_cost} calls of unknown cost, which is not zero")

# Once this much is spent nothing more is sent: two of the four questions are asked.
enough = usage.total_usd / 4 * 1.5
with SeedUsageCallback(max_usd=enough) as usage:
    try:
        for fruit in fruits:
            llm.invoke(f"Name three kinds of {fruit}.")
    except BudgetExceededError as error:
        print(f"{usage.total.calls} calls were made; {error}")
