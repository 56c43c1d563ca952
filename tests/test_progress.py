"""Progress in logs: the rest follows from the pace, without work done once on a machine."""

from __future__ import annotations

import logging

import pytest

from rs_seg import progress
from rs_seg.progress import not_counted, track, track_count, track_pixels


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Clock:
    caplog.set_level(logging.INFO, logger="rs_seg")
    monkeypatch.setattr(progress, "time", Clock())
    monkeypatch.setattr("sys.stderr.isatty", lambda: False, raising=False)
    hand_moved: Clock = progress.time  # type: ignore[assignment]
    return hand_moved


def compile_for(clock: Clock, seconds: float) -> None:
    with not_counted(), not_counted():
        clock.now += seconds


def test_seconds_of_compiling_do_not_count_in_what_is_left(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    with track_count(100, description="outlines") as advance:
        compile_for(clock, 50)
        clock.now += 1
        advance(1)
    assert caplog.messages == ["outlines: 1 of 100, about 99 s left"]


def test_a_line_from_the_middle_of_compiling_does_not_count_it(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    with track_count(100, description="outlines") as advance:
        clock.now += 2
        with not_counted():
            clock.now += 60
            advance(2)
    assert caplog.messages == ["outlines: 2 of 100, about 98 s left"]


def test_megapixels_and_items_are_timed_alike(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    with track_pixels(4_000_000, description="trace") as advance:
        compile_for(clock, 30)
        clock.now += 1
        advance(1_000_000)
    for _ in track(range(4), total=4, description="blocks"):
        compile_for(clock, 5)
        clock.now += 1
    assert caplog.messages == [
        "trace: 1.0 of 4.0 MPix, 1.00 MPix/s, about 3 s left",
        "trace: 4.0 MPix in 1.0 s, 4.00 MPix/s",
        "blocks: 2 of 4, about 2 s left",
        "blocks: 4 of 4, about 0 s left",
    ]


def test_watchers_are_told_of_each_step(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[progress.Step] = []
    monkeypatch.setattr(progress, "_watchers", [])
    assert not progress.is_watched()
    progress.watch_progress(steps.append)
    list(progress.track("abcd", total=4, description="letters"))
    assert [step.share for step in steps] == [0.25, 0.5, 0.75, 1.0]
    assert steps[0].doing == "letters: 1 of 4"
    assert steps[-1].seconds_left == 0
