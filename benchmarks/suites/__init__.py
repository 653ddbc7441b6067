"""What is measured, in the order in which it is run and shown."""

from __future__ import annotations

from benchmarks.suites.base import Suite
from benchmarks.suites.concurrency import Concurrency, Connections
from benchmarks.suites.imports import Construction, Imports
from benchmarks.suites.media import Media
from benchmarks.suites.replies import Calls, ToolCalls
from benchmarks.suites.streams import Burst, EventsV3, Growth, Paced

SUITES: dict[str, Suite] = {
    suite.name: suite
    for suite in (
        Calls(),
        Burst(),
        Paced(),
        Growth(),
        ToolCalls(),
        Concurrency(),
        Connections(),
        Media(),
        Imports(),
        Construction(),
        EventsV3(),
    )
}
