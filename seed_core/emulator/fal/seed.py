"""The Seed endpoint: its body read for the mind, its reply written, its units counted.

It has no tools, no JSON mode and no finish reason. Tools that are described in its instructions are
found there, and calls are written into the text, in the model's own markup.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from seed_core.emulator import chat, markup
from seed_core.emulator.chat.reading import Effort
from seed_core.emulator.fal.errors import Problem, Problems
from seed_core.emulator.fal.fields import problems_of
from seed_core.emulator.fal.media import FIELDS, LookUp, media_problems, shown
from seed_core.emulator.mind import Conversation, Media
from seed_core.emulator.scripts import Answer, Fault
from seed_core.emulator.seen import Seen
from seed_core.emulator.words import reply

__all__ = ["ENDPOINT", "Call", "accept"]

ENDPOINT = "fal-ai/bytedance/seed/v2/mini"
_CONTEXT = 262_144
_LONG = 128_000
_MAX_TOKENS = 4096
_UNIT = 1e-7
"""USD."""
_BRIEF = 5


@dataclass(frozen=True)
class Call:
    """One accepted body."""

    body: Mapping[str, Any]
    look_up: LookUp

    @cached_property
    def history(self) -> list[dict[str, Any]]:
        """The conversation: earlier messages, then what this request adds to them.

        That the system prompt goes between them is assumed.
        """
        earlier = [
            {"role": message["role"], "content": message["content"]}
            for message in self.body.get("messages") or []
        ]
        instructions = self.body.get("system_prompt")
        if instructions:
            earlier.append({"role": "system", "content": instructions})
        return [*earlier, {"role": "user", "content": _latest(self.body)}]

    @cached_property
    def prompt_tokens(self) -> int:
        """The tokens of the conversation."""
        return chat.prompt_tokens({"messages": self.history})

    @property
    def thinks(self) -> bool:
        """Whether reasoning may be shown."""
        return self.body.get("thinking") != "disabled"

    def settle(self, item: Answer | Fault | None) -> tuple[Answer, Fault | None]:
        """Give the answer that goes out, and what goes wrong meanwhile."""
        return chat.settle(item, lambda: reply(self._conversation()), str)

    def written(self, answer: Answer) -> dict[str, Any]:
        """Write an answer as the body of a reply."""
        output = markup.write(answer)
        thought = {"reasoning_content": answer.reasoning} if self._told(answer) else {}
        said = {"role": "assistant", "content": output}
        return {"output": output, **thought, "messages": [*self.history, said]}

    def units(self, answer: Answer) -> str:
        """Count what an answer costs, in the words of a header; empty if that is not told.

        Input and output are judged separately. Whether 128,000 itself is still cheap is assumed.
        """
        if (answer.usage or {}).get("cost", 0) is ...:
            return ""
        if answer.cost is not None:
            return str(round(answer.cost / _UNIT))
        spent = chat.spent(answer if self.thinks else replace(answer, reasoning=""))
        paid_in = self.prompt_tokens * (1 if self.prompt_tokens < _LONG else 2)
        return str(paid_in + spent.completion * (4 if spent.completion < _LONG else 8))

    def _told(self, answer: Answer) -> bool:
        return self.thinks and bool(answer.reasoning)

    def _conversation(self) -> Conversation:
        said = chat.read(
            {"messages": self.history},
            effort=self._effort(),
            max_tokens=int(self.body.get("max_completion_tokens", _MAX_TOKENS)),
        )
        turns = tuple(
            replace(turn, media=tuple(map(self._labelled, turn.media))) for turn in said.turns
        )
        return replace(said, turns=turns)

    def _effort(self) -> Effort:
        if not self.thinks:
            return "none"
        # How the model decides for itself is unknown: here it does not think about a few words.
        if self.body.get("thinking") == "auto" and len(self.body["prompt"].split()) <= _BRIEF:
            return "none"
        effort: Effort = self.body.get("reasoning_effort") or "medium"
        return effort

    def _labelled(self, media: Media) -> Media:
        """Say of a stored file what it is, not where."""
        stored = self.look_up(media.label)
        label = f"{stored.content_type}, {stored.size} bytes" if stored else media.label
        return replace(media, label=label)


def accept(seen: Seen, look_up: LookUp) -> Call:
    """Take a body, or refuse it as the model does."""
    if found := problems_of(seen.body, seen.raw):
        raise Problems(*found)
    if found := media_problems(seen.body, look_up):
        raise Problems(*found)
    call = Call(seen.body, look_up)
    if call.prompt_tokens > _CONTEXT:  # the form is assumed
        said = f"The input is {call.prompt_tokens} tokens, which exceeds the maximum of {_CONTEXT}."
        prompt = seen.body["prompt"]
        context = {"max_length": _CONTEXT}
        raise Problems(Problem(("prompt",), said, "sequence_too_long", prompt, context))
    return call


def _latest(body: Mapping[str, Any]) -> str | list[dict[str, Any]]:
    """Write the newest turn of the user: a text, or parts where there are pictures or videos."""
    media = [
        {"type": f"{kind.name}_url", f"{kind.name}_url": {"url": url}}
        for field, kind in FIELDS.items()
        for url in shown(body, field)
    ]
    prompt: str = body["prompt"]
    return [{"type": "text", "text": prompt}, *media] if media else prompt
