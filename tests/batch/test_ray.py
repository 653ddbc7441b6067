"""Ray Data, where it is installed: a real cluster on this machine, its driver killed on the way.

It is of the extra `ray`, which is not part of the tests' environment: half a gigabyte.
"""

import json
import os
import subprocess
import sys
import textwrap
import time
from collections import Counter
from pathlib import Path

import pytest

pytest.importorskip("ray")
pytest.importorskip("langchain_core")

from seed_core.emulator import Answer, Emulator, Fault
from tests.batch.batches import question, rows, write
from tests.conftest import ROOT
from tests.core.calling import KEY, eventually
from tests.examples.pages import DOCS, blocks

pytestmark = pytest.mark.slow

DRIVER = """
    import runpy, sys
    from pathlib import Path
    import ray
    from langchain_seed import ChatSeed
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    ray.data.DataContext.get_current().enable_progress_bars = False
    llm = ChatSeed(provider="openrouter", base_url=sys.argv[1], max_retries=0)
"""
EXAMPLE = f"example = runpy.run_path({str(ROOT / 'examples' / 'ray_data.py')!r})\n"
ASK = """
found = example["ask"](llm, "in.jsonl", Path("answers")).take_all()
failed = [row for row in found if row["error"]]
print("FOUND", len(found), len(failed), sum(row["usd"] or 0 for row in found), flush=True)
"""


def driver(emulator: Emulator, folder: Path, code: str) -> subprocess.Popen[str]:
    """A process of its own: Ray listens on more than loopback, and is to be killed."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(DRIVER) + code, emulator.url("openrouter")],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OPENROUTER_API_KEY": KEY},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def told(process: subprocess.Popen[str]) -> list[str]:
    said, wrong = process.communicate(timeout=120)
    assert process.returncode == 0, wrong
    (line,) = [line for line in said.splitlines() if line.startswith("FOUND")]
    return line.split()[1:]


def quiet(emulator: Emulator) -> bool:
    """Whether nothing has been asked for a while."""
    before = len(emulator.requests)
    time.sleep(3)
    return len(emulator.requests) == before


def test_rows_on_ray_are_asked_once_though_the_driver_is_killed(
    emulator: Emulator, tmp_path: Path
) -> None:
    count, on_their_way = 300, 2 * 16
    write(tmp_path / "in.jsonl", rows(count))
    answers = tmp_path / "answers"
    emulator.script(Fault.status(400))
    first = driver(emulator, tmp_path, EXAMPLE + ASK)
    assert eventually(lambda: len(list(answers.glob("*.json"))) > 100, 100)
    first.kill()
    first.communicate(timeout=60)
    assert eventually(lambda: quiet(emulator), 60)  # the actors end with their driver
    known = {json.loads(path.read_text("utf-8"))["id"] for path in answers.glob("*.json")}
    assert 100 < len(known) < count
    before = {question(seen) for seen in emulator.requests}
    assert len(before) <= len(known) + on_their_way + 1

    emulator.script(Fault.status(400), Answer(text="Yes.", cost=0.5))
    found, failed, usd = told(driver(emulator, tmp_path, EXAMPLE + ASK))
    assert (int(found), int(failed)) == (count, 1)
    assert not list(answers.glob("*.part"))
    sent = Counter(question(seen) for seen in emulator.requests)
    assert set(sent) == {f"Question {i}." for i in range(count)}
    again = {text for text, times in sent.items() if times > 1}
    assert not again & {f"Question {ident.removeprefix('row-')}." for ident in known}
    assert len(again) <= on_their_way + 1  # and the one that had failed
    # What failed is no file, so that another run would ask it again.
    files = [path.read_text("utf-8") for path in answers.glob("*.json")]
    assert len(files) == count - 1
    assert float(usd) == pytest.approx(sum(json.loads(file)["usd"] for file in files))
    assert float(usd) > 0.5
    assert KEY not in "".join(files)
    print(f"{len(known)} known, {len(again)} asked twice")


def test_one_pace_for_all_actors(emulator: Emulator, tmp_path: Path) -> None:
    (shared,) = [
        block.text for block in blocks(DOCS / "batch.md", "python") if "Pace" in block.text
    ]
    write(tmp_path / "in.jsonl", rows(60))
    code = f"""
import time
{shared}
class Ask:
    def __init__(self, llm):
        self.llm = llm.model_copy(update={{"rate_limiter": SharedPace(20.0)}})

    async def __call__(self, batch):
        import asyncio
        await asyncio.gather(*(self.llm.ainvoke(str(prompt)) for prompt in batch["prompt"]))
        return batch

def ask():
    began = time.monotonic()
    count = ray.data.read_json("in.jsonl").repartition(4).map_batches(
        Ask, fn_constructor_args=(llm,), compute=ray.data.ActorPoolStrategy(size=2), num_cpus=0.1
    ).count()
    print("FOUND", count, time.monotonic() - began)

ask()
"""
    count, seconds = told(driver(emulator, tmp_path, code))
    assert int(count) == 60
    assert len(emulator.requests) == 60
    assert float(seconds) > 59 / 20
