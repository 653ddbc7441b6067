"""What the tests of searches share: the rows that search, and an answer with two sources."""

from seed_core.capabilities import Feature
from seed_core.emulator import Answer
from tests.rows import ROWS as EVERY

SEARCH: Feature = "web_search"
ROWS = [row for row in EVERY if row.can.has(SEARCH)]
TEXT = "It rains in Lisbon, and in Oslo it snows."
QUOTED = {"Lisbon": "It rains in Lisbon", "Oslo": "in Oslo it snows"}
"""What each source is cited for, by its title."""
SOURCES = [(f"https://example.com/{city}", city) for city in QUOTED]
"""Their addresses and titles."""
FOUND = Answer(
    text=TEXT,
    piece=7,
    annotations=[
        {
            "type": "url_citation",
            "url_citation": {
                "url": url,
                "title": city,
                "content": QUOTED[city],
                "start_index": TEXT.index(QUOTED[city]),
                "end_index": TEXT.index(QUOTED[city]) + len(QUOTED[city]),
            },
        }
        for url, city in SOURCES
    ],
)
