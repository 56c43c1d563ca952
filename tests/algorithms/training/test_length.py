"""The length of a training follows from its ground or its time, and stays when it is resumed."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rs_seg.algorithms.training.length import (
    EPOCHS,
    FEWEST_EPOCHS,
    FORWARD_SHARE,
    LEAST_STEPS,
    MOST_STEPS,
    VALIDATION_SHARE,
    Length,
    choose_length,
    divide_steps,
    fit_into,
    read_length,
    steps_of_passes,
)
from rs_seg.algorithms.training.settings import TrainingSettings
from rs_seg.errors import UserError
from rs_seg.values.processes import Processes

ALONE = Processes()


def settings(**changes) -> TrainingSettings:
    values = {
        "class_count": 2,
        "batch_size": 4,
        "patience": 9,
        "learning_rate": 0.01,
        "weight_decay": 0.0,
        "seed": 1,
    }
    return TrainingSettings(**{**values, "epochs": 20, "steps_per_epoch": 30, **changes})


def test_steps_see_the_training_areas_so_often():
    assert (
        steps_of_passes(1_700_000, passes=50, pixels_per_step=8 * 128**2) == 649
    )  # 85 million pixels
    assert steps_of_passes(400, passes=50, pixels_per_step=8 * 32**2) == LEAST_STEPS
    assert steps_of_passes(10**9, passes=50, pixels_per_step=8 * 256**2) == MOST_STEPS


def test_what_is_given_stays():
    given = {"windows_per_step": 8, "validation_windows": 100}
    assert divide_steps(600, **given, epochs=7, steps_per_epoch=50) == Length(7, 50)
    assert divide_steps(600, **given, epochs=6) == Length(6, 100)
    assert divide_steps(600, **given, steps_per_epoch=100) == Length(6, 100)


def test_validation_takes_no_more_than_its_share_of_the_time():
    little, much = (
        divide_steps(600, windows_per_step=8, validation_windows=windows) for windows in (10, 480)
    )
    assert little == Length(EPOCHS, 24)
    assert much == Length(8, 80)  # 480 windows cost as much as 20 steps
    assert VALIDATION_SHARE * much.steps_per_epoch >= FORWARD_SHARE * 480 / 8
    assert divide_steps(600, windows_per_step=8, validation_windows=10**6).epochs == FEWEST_EPOCHS


@given(
    seconds=st.floats(10, 1e5),
    step_seconds=st.floats(1e-3, 2),
    validation_windows=st.integers(1, 500),
)
def test_a_training_fits_into_its_time(seconds, step_seconds, validation_windows):
    length = fit_into(
        seconds,
        step_seconds=step_seconds,
        windows_per_step=8,
        validation_windows=validation_windows,
    )
    epoch_seconds = step_seconds * (length.steps_per_epoch + FORWARD_SHARE * validation_windows / 8)
    assert length.epochs * epoch_seconds <= seconds or length.epochs == 1
    assert (length.epochs + 1) * epoch_seconds > seconds


def test_minutes_are_turned_into_steps_once(tmp_path, caplog):
    caplog.set_level("INFO")
    asked = settings(minutes=1.0, accumulate=2)
    chosen = choose_length(asked, tmp_path, lambda: 0.5, validation_windows=48, processes=ALONE)
    # 60 s / (1.1 x 2 x 0.5 s) are 54 steps; validation costs two more in each epoch
    assert (chosen.epochs, chosen.steps_per_epoch) == (5, 8)
    assert "train.epochs 5 and train.steps_per_epoch 8 in the place of train.minutes" in caplog.text

    def never() -> float:
        raise AssertionError("a training that has begun keeps its length")

    assert choose_length(asked, tmp_path, never, validation_windows=48, processes=ALONE) == chosen
    assert read_length(tmp_path) == Length(5, 8)


def test_what_is_given_is_not_timed(tmp_path):
    asked = settings()
    assert (
        choose_length(asked, tmp_path, lambda: 1 / 0, validation_windows=9, processes=ALONE)
        == asked
    )
    assert read_length(tmp_path) == Length(20, 30)


@pytest.mark.parametrize(
    "junk", ["", "{", "[]", json.dumps({"epochs": 0, "steps_per_epoch": 3}), '{"epochs": 3}']
)
def test_a_junk_note_counts_as_none(tmp_path, junk):
    (tmp_path / "length.json").write_text(junk)
    assert read_length(tmp_path) is None


def test_an_encoder_that_would_never_thaw_is_told(tmp_path):
    asked = settings(freeze_encoder=True, unfreeze_epoch=21)
    with pytest.raises(UserError, match="unfreeze_epoch 21 of a training of 20 epochs"):
        choose_length(asked, tmp_path, lambda: 1.0, validation_windows=9, processes=ALONE)
