"""Many questions at once, four at a time, in order, and without a thread for each."""

import asyncio

from langchain_core.runnables import RunnableConfig

from langchain_seed import ChatSeed

COUNTRIES = ("France", "Japan", "Kenya", "Norway", "Peru", "Portugal", "Senegal", "Vietnam")


async def main() -> None:
    llm = ChatSeed(reasoning_effort="minimal", max_retries=4)
    answers = await llm.abatch(
        [f"What is the capital of {country}? One word." for country in COUNTRIES],
        RunnableConfig(max_concurrency=4),
    )
    for country, answer in zip(COUNTRIES, answers, strict=True):
        print(f"{country}: {answer.text}")
    print(f"{sum(answer.response_metadata['cost'] for answer in answers):.6f} USD in all")


asyncio.run(main())
