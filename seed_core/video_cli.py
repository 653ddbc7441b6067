"""`python -m seed_core.video_client "a prompt" -o clip.mp4`: one video from the command line.

The task's UUID is shown before anything is sent. Whatever happens then, `--resume UUID` goes on
with it, and pays for nothing twice.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from seed_core.errors import ConfigurationError, SeedError
from seed_core.progress_bar import ProgressBar
from seed_core.video_client import VideoClient
from seed_core.videos.seedance import SeedanceTask
from seed_core.videos.status import VideoStatus


def main(arguments: Sequence[str] | None = None) -> int:
    """Make one video; give the exit status: 0, 1 for an error, 130 for Ctrl-C."""
    parser = _parser()
    said = parser.parse_args(arguments)
    if (said.prompt is None) == (said.resume is None):
        parser.error("say a prompt, or --resume UUID of a task that was submitted before")
    uuid = said.resume or str(uuid4())
    try:
        _make(said, uuid)
    except SeedError as error:
        _tell(f"{type(error).__name__}: {error}")
        return 1
    except KeyboardInterrupt:
        many = "" if said.results is None else f" --results {said.results}"
        again = f"--resume {uuid}{many} -o {said.output}"
        _tell(f"\nleft; the task may go on, and is paid for. Go on with it by: {again}")
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    """What can be said."""
    parser = argparse.ArgumentParser(
        prog="python -m seed_core.video_client",
        description="Make a video with Seedance 2.0 Mini at Runware (RUNWARE_API_KEY).",
    )
    add = parser.add_argument
    add("prompt", nargs="?", help="what is to be seen and heard")
    add("-o", "--output", default="clip.mp4", help="the file (clip.mp4); more are numbered")
    add("--seconds", type=int, default=5, help="4 to 15 (5)")
    add("--size", help="one of the twelve, such as 1280x720")
    add("--aspect-ratio", help="16:9, 4:3, 1:1, 3:4, 9:16 or 21:9, instead of --size")
    add("--tier", help="480p or 720p, with --aspect-ratio")
    add("--frame", action="append", default=[], help="first frame, then last: a file or an address")
    add("--results", type=int, help="how many, 1 to 4; each is billed (1)")
    add("--no-audio", action="store_true", help="without sound")
    add("--max-cost", type=float, metavar="USD", help="refuse what would cost more")
    add("--timeout", type=float, default=1200, metavar="S", help="seconds to wait (1200)")
    add("--resume", metavar="UUID", help="go on with a task that was submitted before")
    add("--base-url", help="another address of the API")
    return parser


def _make(said: argparse.Namespace, uuid: str) -> None:
    """Make the video, or go on with it, and save it."""
    path = Path(said.output)
    if not path.parent.is_dir():  # better known before it is paid for
        raise ConfigurationError(f"there is no folder {str(path.parent)!r} to save it in")
    with (
        ProgressBar() as bar,
        VideoClient(
            base_url=said.base_url,
            timeout=said.timeout,
            max_cost_usd=said.max_cost,
            on_progress=bar,
        ) as client,
    ):
        if said.resume is not None:
            status = client.resume(uuid, results=said.results)
        else:
            task = _task(said)
            cost = task.estimate()
            told = "of unknown cost" if cost is None else f"about USD {cost.usd:g}"
            _tell(f"task {uuid}, {told}")
            status = client.generate(task, task_uuid=uuid)
        bar.close()
        _save(client, status, path)


def _task(said: argparse.Namespace) -> SeedanceTask:
    """The task that was asked for."""
    size: dict[str, Any] = {"size": said.size, "aspect_ratio": said.aspect_ratio, "tier": said.tier}
    if not said.frame and not any(size.values()):
        size["size"] = "1280x720"
    return SeedanceTask(
        prompt=said.prompt,
        duration=said.seconds,
        results=1 if said.results is None else said.results,
        # What begins like an address is one; all else names a file.
        frame_images=[one if re.match("https?://", one) else Path(one) for one in said.frame],
        audio=not said.no_audio,
        **size,
    )


def _save(client: VideoClient, status: VideoStatus, path: Path) -> None:
    """Download what was made, and tell what it cost and what failed."""
    for failure in status.failures:
        _tell(f"one failed: {failure}")
    paid = [result.cost.usd for result in status.results if result.cost is not None]
    if len(paid) == len(status.results):
        _tell(f"cost USD {sum(paid):g}")
    lost: SeedError | None = None
    for number, result in enumerate(status.results, start=1):
        own = path if number == 1 else path.with_stem(f"{path.stem}-{number}")
        try:
            print(client.download(result, own))
        except SeedError as error:  # the others are paid for as well
            _tell(f"not saved: {result.url}")
            lost = lost or error
    if lost is not None:
        raise lost


def _tell(text: str) -> None:
    """Say something beside the result."""
    print(text, file=sys.stderr, flush=True)
