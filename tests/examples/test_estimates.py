"""How far off the estimate of tokens is, beside what hosts have told: docs/cost.md states it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from seed_core.tokens import IMAGE_TOKENS, MESSAGE_TOKENS, estimate_text
from tests.examples.pages import DOCS, rows, section
from tests.wire.plain_reading import read_plainly
from tests.wire.test_recordings import BODIES, WELL, _bytes, _meta

SEED, PLAIN, REASONED, PICTURE = (
    "answers of Seed models",
    "answers of other models, without reasoning",
    "answers of other models with the reasoning they show",
    "a picture and a question, Seed 2.0 Pro",
)
CUT = "[… shortened …]"
LEAST = 9
"""Tokens of the shortest answer that is counted: of less, a share says nothing."""

# A call of Seed 2.0 Pro with a picture of unknown size, as a reseller's page shows it:
# https://api-doc.omniedu.com/436305128e0, read on 2026-11-27.
ASKED = "支持输入图片的模型系列是哪个?"
ANSWERED = "根据表格信息,支持输入图片的模型系列是**Doubao-Seed-1.8**,其余两个模型均不支持图片输入。"
TOLD = {"input_tokens": 1356, "output_tokens": 112, "reasoning_tokens": 81}


@dataclass
class Errors:
    """The errors of one kind of estimate, as shares of what was told."""

    found: list[float] = field(default_factory=list)

    def add(self, estimated: int, told: int) -> None:
        self.found.append(estimated / told - 1)

    def row(self, kind: str) -> list[str]:
        sizes = [abs(error) for error in self.found]
        mean, least, most = sum(sizes) / len(sizes), min(self.found), max(self.found)
        return [kind, str(len(sizes)), f"{mean:.0%}", f"{least:+.0%} to {most:+.0%}"]


def answers(root: Path) -> Iterator[tuple[str, int, int]]:
    """The kind, the estimate and the tokens told of every recorded answer that can be compared.

    Not those with tools (a call's marks are no text), those whose text was shortened by their
    source, nor those that reasoned without showing it.
    """
    for name in [*WELL, *BODIES]:
        if "tools" in json.dumps(_meta(root, name).get("request_body", "")) or "tanstack" in name:
            continue  # the values of tanstack's are made up
        plain = read_plainly(_bytes(root, name))
        if not plain.usage or plain.calls or CUT in plain.text:
            continue
        output, reasoning = plain.usage[1], plain.usage[2] or 0
        if "seed" in str(plain.model) or "doubao" in str(plain.model):
            yield SEED, estimate_text(plain.text), output - reasoning
        elif plain.reasoning:
            yield REASONED, estimate_text(plain.reasoning + plain.text), output
        elif not reasoning:
            yield PLAIN, estimate_text(plain.text), output
    reply = json.loads((root / "byteplus-docs" / "responses_round2.json").read_text("utf-8"))
    usage, text = reply["usage"], reply["output"][1]["content"][0]["text"]
    spoken = usage["output_tokens"] - usage["output_tokens_details"]["reasoning_tokens"]
    yield SEED, estimate_text(text), spoken
    yield SEED, estimate_text(ANSWERED), TOLD["output_tokens"] - TOLD["reasoning_tokens"]


def test_the_page_states_the_error_of_the_estimate(recordings: Path) -> None:
    errors = {kind: Errors() for kind in (SEED, PLAIN, REASONED, PICTURE)}
    for kind, estimated, told in answers(recordings):
        if told >= LEAST:
            errors[kind].add(estimated, told)
    asked = MESSAGE_TOKENS + IMAGE_TOKENS + estimate_text(ASKED)
    errors[PICTURE].add(asked, TOLD["input_tokens"])
    measured = [error.row(kind) for kind, error in errors.items()]
    print(*(f"| {' | '.join(row)} |" for row in measured), sep="\n")
    stated = list(rows(section(DOCS / "cost.md", "### How far off it is")))
    assert stated == measured
