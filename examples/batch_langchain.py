"""Answers as they come, four at a time: a bar, the cost so far, and what failed beside the rest."""

import asyncio

from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig

from langchain_seed import ChatSeed
from seed_core.progress_bar import RowBar

WORDS = ("cat", "house", "sea", "bread", "tree", "moon", "river", "stone", "bird", "fire")


async def main() -> None:
    llm = ChatSeed(reasoning_effort="minimal", max_retries=4)
    questions = [f"{word!r} in Portuguese, in one word?" for word in WORDS]
    found: dict[int, AIMessage] = {}
    usd, bar, four = 0.0, RowBar(), RunnableConfig(max_concurrency=4)
    # Without return_exceptions the first error would end them all.
    async for index, answer in llm.abatch_as_completed(questions, four, return_exceptions=True):
        if isinstance(answer, AIMessage):
            found[index] = answer
            usd += answer.response_metadata.get("cost") or 0.0
            bar(len(found), len(questions), f"USD {usd:.6f}")
        else:
            print(f"{WORDS[index]}: {type(answer).__name__}, {answer}")
    bar.close()
    for index, message in sorted(found.items()):  # in the order of the questions
        print(f"{WORDS[index]}: {message.text}")
    print(f"{len(found)} of {len(WORDS)}, {usd:.6f} USD in all")


asyncio.run(main())
