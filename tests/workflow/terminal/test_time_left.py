"""The time left is said as far as it is known, and no further."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rs_seg.workflow.terminal.jobs import Job
from rs_seg.workflow.terminal.time_left import Pace, read_earlier, tell_left, time_left


def job(stage: str, *, begun: float = 0, threads: int = 1) -> Job:
    return Job(number=1, stage=stage, names=(), threads=threads, log=None, begun=begun)


def test_nothing_is_said_while_no_job_has_ended() -> None:
    assert time_left({"train": 3}, [], Pace(), cores=2, now=0) == ""


def test_jobs_share_the_cores() -> None:
    pace = Pace({"refine": 60.0})
    assert time_left({"refine": 8}, [], pace, cores=2, now=0) == "about 4 min left"
    pace.give_threads(job("refine", threads=2))
    assert time_left({"refine": 8}, [], pace, cores=2, now=0) == "about 8 min left"


def test_a_run_is_not_shorter_than_its_longest_job() -> None:
    pace = Pace({"train": 600.0})
    assert time_left({"train": 1}, [], pace, cores=8, now=0) == "about 10 min left"


def test_a_stage_without_a_past_leaves_a_lower_bound() -> None:
    pace = Pace({"refine": 60.0})
    assert time_left({"refine": 8, "merge": 1}, [], pace, cores=2, now=0) == "at least 4 min left"


def test_a_running_job_counts_for_what_is_left_of_it() -> None:
    pace = Pace({"train": 600.0})
    assert time_left({}, [(job("train"), None)], pace, cores=2, now=300) == "about 5 min left"
    assert time_left({}, [(job("train"), 900.0)], pace, cores=2, now=300) == "about 15 min left"
    assert time_left({}, [(job("train"), 900.0)], Pace(), cores=2, now=0) == "at least 15 min left"


def test_jobs_of_this_run_say_more_than_those_of_an_earlier_one() -> None:
    pace = Pace({"refine": 6000.0})
    pace.count(job("refine"), 50)
    pace.count(job("refine"), 70)
    assert time_left({"refine": 4}, [], pace, cores=2, now=0) == "about 2 min left"


def test_nothing_is_said_of_a_cluster() -> None:
    assert time_left({"refine": 8}, [], Pace({"refine": 60.0}), cores=None, now=0) == ""


@pytest.mark.parametrize(
    ("seconds", "is_whole", "told"),
    [
        (3, True, "less than 1 min left"),
        (3, False, ""),
        (89, True, "about 1 min left"),
        (3600 * 2 + 60 * 5, True, "about 2 h 05 min left"),
    ],
)
def test_a_time_is_as_fine_as_it_is_known(seconds: float, is_whole: bool, told: str) -> None:
    assert tell_left(seconds, is_whole=is_whole) == told


def test_earlier_costs_give_the_mean_of_each_stage(tmp_path: Path) -> None:
    stages = [
        {"stage": "refine", "jobs": 5, "unfinished": 1, "seconds": 8.0},
        {"stage": "train", "jobs": 1, "unfinished": 1, "seconds": 0.0},
    ]
    path = tmp_path / "costs.json"
    assert read_earlier(str(path)) == {}
    path.write_text(json.dumps({"stages": stages}), encoding="utf-8")
    assert read_earlier(str(path)) == {"refine": 2.0}
    path.write_text("junk", encoding="utf-8")
    assert read_earlier(str(path)) == {}
