"""Many questions, four at a time, in order, with LlamaIndex's own workers and its bar."""

import asyncio

from llama_index.core.async_utils import run_jobs
from llama_index.core.llms import CompletionResponse

from llamaindex_seed import SeedLLM
from seed_core.errors import SeedError

COUNTRIES = ("France", "Japan", "Kenya", "Norway", "Peru", "Portugal", "Senegal", "Vietnam")


async def ask(llm: SeedLLM, country: str) -> CompletionResponse | SeedError:
    try:
        return await llm.acomplete(f"What is the capital of {country}? One word.")
    except SeedError as error:
        return error  # else the first error ends them all


async def main() -> None:
    llm = SeedLLM(reasoning_effort="minimal", max_retries=4)
    jobs = [ask(llm, country) for country in COUNTRIES]
    answers = await run_jobs(jobs, workers=4, show_progress=True)
    usd = 0.0
    for country, answer in zip(COUNTRIES, answers, strict=True):
        if isinstance(answer, CompletionResponse):
            usd += answer.additional_kwargs.get("cost") or 0.0
        print(f"{country}: {answer}")
    print(f"{usd:.6f} USD in all")


asyncio.run(main())
