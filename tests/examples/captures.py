"""What a terminal shows, as pictures in docs/captures: `python -m tests.examples.captures`.

The demo runs without any key, so that the emulator answers; the doctor asks the emulator in the
hosts' place. A picture is drawn anew only where its words have changed, not for another version or
another hundredth of a second.
"""

import io
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

from rich.console import Console
from rich.text import Text

from seed_core.doctor import examine
from seed_core.doctor.asking import ask
from seed_core.doctor.showing import show
from seed_core.testing import SeedEmulator

ROOT = Path(__file__).parents[2]
CAPTURES = ROOT / "docs" / "captures"
HOSTS = ("openrouter", "fal", "runware")
WIDTH = 108
SVG = "{http://www.w3.org/2000/svg}"


def demo() -> Console:
    """`make demo` in a terminal, without a key."""
    clean = {
        name: os.environ[name] for name in ("PATH", "LANG", "SYSTEMROOT") if name in os.environ
    }
    reader, writer = os.openpty()
    with subprocess.Popen(
        [sys.executable, str(ROOT / "examples" / "demo.py")],
        stdin=subprocess.DEVNULL,
        stdout=writer,
        env={**clean, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
    ) as running:
        os.close(writer)
        told = _until_the_end(reader)
    if running.returncode:
        raise RuntimeError(told)
    console = _console()
    console.print(Text("$ make demo"))
    console.print(Text.from_ansi(told.replace("\r\n", "\n")))
    return console


def doctor() -> Console:
    """`python -m seed_core --ping` of some hosts, whose place the emulator takes."""
    with SeedEmulator():
        report = ask(examine(HOSTS), named=HOSTS)
    console = _console()
    console.print(
        Text(f"$ python -m seed_core --ping {' '.join(map('--provider {}'.format, HOSTS))}")
    )
    show(report, console)
    return console


SHOWN: dict[str, Callable[[], Console]] = {"demo": demo, "doctor": doctor}


def words(svg: str) -> list[str]:
    """The words of a picture, without what differs from one run to the next: numbers and breaks."""
    drawn = [
        (float(one.attrib["y"]), float(one.attrib["x"]), "".join(one.itertext()))
        for one in ET.fromstring(svg).iter(f"{SVG}text")
        if "clip-path" in one.attrib
    ]
    told = " ".join(text for _, _, text in sorted(drawn))
    return re.sub(r"\d+([.,]\d+)*", "0", told).split()


def drawn(name: str) -> str:
    """A picture as it would be drawn now."""
    svg = SHOWN[name]().export_svg(title="seed-integrations", unique_id=name)
    # No address in it: the fonts of the reader do.
    return re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)


def _console() -> Console:
    """A terminal whose words are kept."""
    return Console(
        record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="standard"
    )


def _until_the_end(reader: int) -> str:
    """All that comes out of a terminal."""
    blocks: list[bytes] = []
    while True:
        try:
            block = os.read(reader, 65536)
        except OSError:  # what Linux says when the other side is closed
            block = b""
        if not block:
            os.close(reader)
            return b"".join(blocks).decode()
        blocks.append(block)


def main() -> None:
    """Draw those whose words have changed, whatever this shell has set."""
    for variable in list(os.environ):
        if variable.upper().endswith("_PROXY") or variable == "SEED_TRANSPORT":
            del os.environ[variable]
    for name in SHOWN:
        path, svg = CAPTURES / f"{name}.svg", drawn(name)
        if path.exists() and words(path.read_text("utf-8")) == words(svg):
            print(f"{path.name} is as it was")
            continue
        path.write_text(svg, "utf-8")
        print(f"{path.name}: {len(svg) // 1024} KB")


if __name__ == "__main__":
    main()
