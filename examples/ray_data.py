"""Rows on a cluster, with Ray Data: a model in each actor, each answer in a file as it comes."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import ray
from langchain_core.rate_limiters import InMemoryRateLimiter

from langchain_seed import ChatSeed
from seed_core.errors import SeedError

ACTORS, AT_ONCE, PER_SECOND = 2, 16, 50.0  # at once in each, per second in all of them


class Ask:
    """What an actor does. The model came without its key, which is in the worker's environment."""

    def __init__(self, llm: ChatSeed, folder: Path) -> None:
        _ = llm.host  # a key that is missing there shows now, and not with each row
        pace = InMemoryRateLimiter(requests_per_second=PER_SECOND / ACTORS, max_bucket_size=AT_ONCE)
        self.llm = llm.model_copy(update={"rate_limiter": pace})
        self.room = asyncio.Semaphore(AT_ONCE)
        self.folder = folder

    async def __call__(self, batch: dict[str, Any]) -> dict[str, list[Any]]:
        """Answer the rows of a batch."""
        ids, prompts = map(str, batch["id"]), map(str, batch["prompt"])
        rows = await asyncio.gather(*map(self._answer, ids, prompts))
        return {name: [row[name] for row in rows] for name in ("id", "text", "usd", "error")}

    async def _answer(self, ident: str, prompt: str) -> dict[str, Any]:
        file = self.folder / f"{quote(ident, safe='')}.json"
        if (known := read(file)) is not None:  # of an earlier run, or of an actor that was lost
            return known
        async with self.room:
            try:
                message = await self.llm.ainvoke(prompt)
            except SeedError as error:  # a value: else one row would end them all
                failed = f"{type(error).__name__}: {error}"
                return {"id": ident, "text": None, "usd": None, "error": failed}
        usd = message.response_metadata.get("cost")
        return write(file, {"id": ident, "text": message.text, "usd": usd, "error": None})


def read(file: Path) -> dict[str, Any] | None:
    return json.loads(file.read_text("utf-8")) if file.exists() else None


def write(file: Path, row: dict[str, Any]) -> dict[str, Any]:
    part = file.with_suffix(".part")
    part.write_text(json.dumps(row), "utf-8")
    part.replace(file)  # whole, or not there
    return row


def ask(llm: ChatSeed, source: str, folder: Path) -> ray.data.Dataset:
    folder.mkdir(parents=True, exist_ok=True)
    rows = ray.data.read_json(source)
    return rows.map_batches(
        Ask,
        fn_constructor_args=(llm, folder.resolve()),
        batch_size=64,
        compute=ray.data.ActorPoolStrategy(size=ACTORS),
        num_cpus=0.1,  # they wait for the host, and do little else
    )


if __name__ == "__main__":
    found = ask(ChatSeed(max_retries=4), sys.argv[1], Path(sys.argv[2])).materialize()
    failed = found.filter(lambda row: row["error"] is not None).count()
    print(f"{found.count() - failed} answered, {failed} failed, {found.sum('usd')} USD in all")
