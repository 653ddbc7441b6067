"""`python -m seed_core.emulator`: the emulated hosts on a fixed port, until Ctrl-C."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import threading
from collections.abc import Iterator, Sequence

from seed_core.emulator.server import Emulator

_HINT = """\
Emulated hosts (the answers are canned: this is not the model, and nothing leaves this computer):

{urls}

Any key but "invalid" will do. For example:

    OPENROUTER_API_KEY=test python your_program.py

where your_program.py has

    from langchain_seed import ChatSeed
    llm = ChatSeed(provider="openrouter", base_url="{first}")
    print(llm.invoke("Hello").text)

or

    from llamaindex_seed import SeedLLM
    llm = SeedLLM(provider="openrouter", base_url="{first}")
    print(llm.complete("Hello").text)

or without Python

    curl {first}/chat/completions \\
      -H "Authorization: Bearer test" -d '{{"model": "bytedance-seed/seed-2.0-mini",
        "messages": [{{"role": "user", "content": "Hello"}}]}}'

Ctrl-C ends it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted; give the exit status."""
    parser = argparse.ArgumentParser(prog="python -m seed_core.emulator", description=__doc__)
    parser.add_argument("--port", type=int, default=8080, help="0 takes a free one (8080)")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
    parser.add_argument("--model", action="append", default=[], help="serve one more model id")
    chosen = parser.parse_args(arguments)
    emulator = Emulator(chosen.port, address=chosen.host, models=chosen.model)
    try:
        emulator.start()
    except OSError as error:
        print(f"cannot listen on {chosen.host}:{chosen.port}: {error}", file=sys.stderr)
        return 1
    with emulator, contextlib.suppress(KeyboardInterrupt):
        urls = "\n".join(f"    {name:<14} {url}" for name, url in _urls(emulator))
        print(_HINT.format(urls=urls, first=emulator.url()), flush=True)
        threading.Event().wait()
    return 0


def _urls(emulator: Emulator) -> Iterator[tuple[str, str]]:
    for host in emulator.hosts:
        for api in emulator.addresses(host) or (None,):
            yield f"{host} {api}" if api else host, emulator.url(host, api)


if __name__ == "__main__":
    # A shell that starts it in the background has it ignore the interrupt that is to end it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    raise SystemExit(main())
