"""What trainings will take: measured on a few steps, told before them, no part of any model."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from rs_seg.algorithms.training.arithmetic import Trial
from rs_seg.algorithms.training.plan import plan_validation
from rs_seg.config import DetectorConfig, OutlineConfig, RunSize, TrainConfig
from rs_seg.io.documents import read_document
from rs_seg.progress import ANNOUNCED
from rs_seg.stages.forecast import forecast, measuring
from rs_seg.stages.forecast.lines import tell_range
from rs_seg.stages.forecast.run_time import side_by_side
from rs_seg.stages.train import train
from rs_seg.values import Window, thread_count
from rs_seg.values.forecast import Forecast, TrainingForecast
from rs_seg.values.shared_cores import training_threads
from tests.stages.learning_run import (
    CLASSES,
    NETWORK,
    SCENES,
    TRAIN,
    LearningRun,
    make_learning_run,
)
from tests.stages.object_run import DETECTOR, OBJECTS, make_object_run

SIZE = RunSize()
FEW = TRAIN.model_copy(update={"epochs": 6, "patience": 2})


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> LearningRun:
    return make_learning_run(tmp_path_factory.mktemp("run"))


def foretell(
    folder: Path,
    run: LearningRun,
    *,
    config: TrainConfig = FEW,
    names: tuple[str, ...] = ("small",),
    fitted: tuple[str, ...] = (),
    size: RunSize = SIZE,
    **settings: Any,
) -> Forecast:
    """The forecast of networks of these names, the first without settings of its own."""
    methods = {name: NETWORK.model_copy(update={"name": name}) for name in names}
    methods[names[-1]] = methods[names[-1]].model_copy(update=settings)
    path = folder / "forecast.json"
    forecast(
        config,
        OutlineConfig(),
        methods,
        fitted,
        CLASSES,
        CLASSES,
        SCENES,
        size,
        1,
        images=run.images,
        references=run.references,
        splits=[run.split] * len(names),
        statistics=[run.statistics] * len(names),
        checkpoints=folder / "checkpoints",
        forecast=path,
    )
    return read_document(path, Forecast)


@pytest.fixture
def steady(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps take 0.22 seconds, a tenth more than their passes."""
    monkeypatch.setattr(Trial, "time_whole_step", lambda *_, **__: (0.22, 0.2))


@pytest.mark.usefixtures("steady")
def test_a_network_has_seconds_of_a_step_and_a_range_that_holds_them(run, tmp_path, caplog):
    with caplog.at_level(ANNOUNCED):
        told = foretell(tmp_path, run, fitted=("forest",))
    small, forest = told.trainings
    assert (small.name, small.state, small.precision) == ("small", "measured", "float32")
    assert (small.epochs, small.steps_per_epoch) == (6, 3)
    low, high = small.seconds
    assert small.step_seconds == 0.22
    validation = len(plan_validation([[Window(0, 100, 70, 60)]] * 2, size=32)) / 3 / 4
    assert low < 6 * (3 + validation) * 0.22 + 5 < high
    assert forest == TrainingForecast(name="forest", state="not measured")
    assert told.seconds == small.seconds
    assert told.run_seconds[0] > low
    assert told.run_seconds[1] > high
    assert told.left_out == ("forest",)
    lines = [record.getMessage() for record in caplog.records if record.levelno == ANNOUNCED]
    assert len(lines) == 2
    assert lines[0].startswith("small: ")
    assert "6 epochs of 3 steps: " in lines[0]
    assert "without forest" in lines[1]
    assert "train.minutes" in lines[1]


def test_the_shortest_training_is_one_whose_first_epoch_stays_the_best(run, tmp_path):
    (small,) = foretell(tmp_path, run).trainings
    assert 0 < small.least_seconds < small.seconds[1]
    (patient,) = foretell(tmp_path, run, config=FEW.model_copy(update={"patience": 5})).trainings
    assert patient.least_seconds is None


@pytest.mark.usefixtures("steady")
def test_minutes_say_the_epochs_and_the_range_is_theirs(run, tmp_path):
    minutes = TrainConfig(window=32, batch_size=4, minutes=0.5, precision="float32")
    (small,) = foretell(tmp_path, run, config=minutes).trainings
    assert small.minutes == 0.5
    assert small.seconds[0] < 30 < small.seconds[1]
    assert 0.6 * 30 < small.epochs * small.steps_per_epoch * 0.22 < 30


def test_a_network_that_differs_in_its_seed_alone_is_not_measured_again(run, tmp_path, monkeypatch):
    calls = []
    measure = measuring.measure_pace
    monkeypatch.setattr(measuring, "measure_pace", lambda *each: calls.append(1) or measure(*each))
    told = foretell(tmp_path, run, names=("first", "second"), seed=7)
    assert [training.state for training in told.trainings] == ["measured", "like another"]
    assert told.trainings[0].seconds == told.trainings[1].seconds
    # all of both, by so many at once, and what one may have left when the other is done
    expected = (2 / told.at_once + 1 - 1 / told.at_once) * told.trainings[0].seconds[1]
    assert told.seconds[1] == pytest.approx(expected)
    assert len(calls) == 1
    foretell(tmp_path, run, names=("first", "second"), decoder_channels=(8, 8, 8, 8, 8))
    assert len(calls) == 3


def test_a_finished_training_is_not_measured_unless_it_would_be_another(
    run, tmp_path, monkeypatch, caplog
):
    folder = tmp_path / "checkpoints" / "small"
    folder.mkdir(parents=True)
    train(
        TRAIN,
        NETWORK,
        CLASSES,
        SCENES,
        1,
        **run.inputs,
        model=tmp_path / "model.safetensors",
        curves=tmp_path / "curves.csv",
        checkpoints=folder,
    )
    caplog.clear()
    with monkeypatch.context() as patch, caplog.at_level(logging.INFO):
        patch.setattr(measuring, "measure_lessons", None)
        told = foretell(tmp_path, run, config=TRAIN)
        assert told.trainings == (TrainingForecast(name="small", state="trained"),)
        assert told.seconds == (0, 0)
        assert not [record for record in caplog.records if record.levelno == ANNOUNCED]
    both = foretell(tmp_path, run, config=TRAIN, names=("small", "other"))
    assert [training.state for training in both.trainings] == ["trained", "measured"]
    assert both.threads == training_threads(2, thread_count()), "as Snakemake gives each of two"
    assert both.at_once == 1
    (small,) = foretell(tmp_path, run, config=FEW).trainings
    assert small.state == "measured"


def test_a_measured_training_leaves_nothing_that_the_training_would_go_on_from(run, tmp_path):
    foretell(tmp_path, run)
    assert [path.name for path in tmp_path.iterdir()] == ["forecast.json"]


@pytest.mark.parametrize(
    ("architecture", "state"), [("centre", "measured"), ("rcnn", "not measured")]
)
def test_detectors_are_measured_where_they_learn_by_steps(tmp_path, architecture, state):
    made = make_object_run(tmp_path / "objects")
    detector: DetectorConfig = DETECTOR
    if architecture == "rcnn":
        detector = DetectorConfig(name="centre", architecture="rcnn", encoder="tu-test_resnet")
    path = tmp_path / "forecast.json"
    forecast(
        FEW,
        OutlineConfig(),
        {"centre": detector},
        (),
        CLASSES,
        OBJECTS,
        (
            SCENES[0].model_copy(update={"name": "east"}),
            SCENES[0].model_copy(update={"name": "west"}),
        ),
        RunSize(),
        1,
        images=made.images,
        references=[],
        outlines=made.outlines,
        splits=[made.split],
        statistics=[made.statistics],
        checkpoints=tmp_path / "checkpoints",
        forecast=path,
    )
    told = read_document(path, Forecast)
    assert told.trainings[0].state == state
    assert (told.trainings[0].seconds is None) == (state == "not measured")
    assert told.left_out == (() if state == "measured" else ("centre",))


def test_more_ground_views_and_maps_make_the_run_longer_and_no_training(run, tmp_path):
    size = RunSize(scenes=3, known_pixels=40_000_000, unknown=1, maps=4, views=8)
    small, large = foretell(tmp_path, run), foretell(tmp_path, run, size=size)
    assert small.megapixels == pytest.approx(128 * 160 / 1e6)
    assert large.megapixels == pytest.approx(40 + 128 * 160 / 1e6)
    after = [told.run_seconds[1] - told.seconds[1] for told in (small, large)]
    assert after[1] > 2 * after[0]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        ((51 * 60, 71 * 60), "51 to 71 min"),
        ((3000, 6600), "50 to 110 min"),
        ((7100, 7120), "about 120 min"),
        ((20, 44.4), "20 to 44 s"),
        ((4000, 200_000), "0.046 to 2.3 days"),
        ((0, 0), "about 0 s"),
    ],
)
def test_ranges_are_told_in_one_unit_with_two_digits(seconds, text):
    assert tell_range(seconds) == text


def test_trainings_side_by_side_end_with_the_longest_or_a_fair_share():
    one, two, long = (10.0, 20.0), (10.0, 20.0), (60.0, 90.0)
    assert side_by_side([one, two, long], 1) == (80, 130)
    assert side_by_side([one, two], 2) == (10, 30)
    assert side_by_side([one, two, long], 2) == (60, 110)
    assert side_by_side([], 2) == (0, 0)
