"""What a finished item says."""

from typing import Any

import pytest

from seed_core.events import Cost
from seed_core.videos.envelope import Envelope, open_envelope
from seed_core.videos.status import VideoResult, status_of
from tests.video.asking import TASK, item, made


def result(**fields: Any) -> VideoResult:
    (one,) = status_of(Envelope((item(status="success", **fields),)), TASK).results
    return one


def test_all_that_an_item_can_say() -> None:
    said = made(7, seed=12345, cost=0.405, NSFWContent=True, resultIndex=2)
    (one,) = status_of(Envelope((said,)), TASK).results
    assert one == VideoResult(
        url="https://vm.runware.ai/video/7.mp4",
        uuid="video-7",
        seed=12345,
        cost=Cost(0.405, "reported"),
        nsfw=True,
        index=2,
        raw=said,
    )
    assert "raw" not in repr(one)


def test_nothing_is_made_up() -> None:
    assert result() == VideoResult(None, raw=item(status="success"))


@pytest.mark.parametrize(
    ("said", "usd"),
    [
        (0.11, 0.11),
        ("0.11", 0.11),
        (1, 1.0),
        (0, None),
        ("0", None),
        (None, None),
        (-1, None),
        ("free", None),
        (True, None),
        (float("nan"), None),
        (float("inf"), None),
        (10**400, None),
        ([], None),
    ],
)
def test_a_cost_of_nothing_is_not_free(said: Any, usd: float | None) -> None:
    cost = result(cost=said).cost
    assert (cost.usd if cost else None) == usd


@pytest.mark.parametrize("odd", ["12", 1.5, True, None, {}])
def test_a_value_of_another_type_is_not_told(odd: Any) -> None:
    said = result(seed=odd, resultIndex=odd, NSFWContent="no", videoUUID=7, videoURL=7)
    assert said == VideoResult(None, raw=said.raw)


def test_an_address_goes_before_a_data_uri() -> None:
    both = {"videoDataURI": "data:video/mp4;base64,QUJD", "videoURL": "https://a.example/v"}
    assert result(**both).url == "https://a.example/v"
    assert result(videoDataURI=both["videoDataURI"]).url == both["videoDataURI"]


def test_of_one_result_the_last_word_counts() -> None:
    first, last = made(1, seed=1), made(1, seed=2)
    (one,) = status_of(Envelope((first, last)), TASK).results
    assert one.seed == 2
    nameless = item(status="success")
    assert len(status_of(Envelope((nameless, nameless)), TASK).results) == 2
    assert len(status_of(Envelope((made(2),)), TASK, earlier=(one,)).results) == 2


def test_odd_frames() -> None:
    assert open_envelope([]) is open_envelope(None) is open_envelope({"datum": []}) is None
    assert open_envelope({"data": ["x", 7, None], "errors": ["", {}, None]}) == Envelope(
        (), ({"message": None},)
    )
