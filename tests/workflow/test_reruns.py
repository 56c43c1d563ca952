"""Every key of the configuration, one by one: what runs again is what docs/reruns.md says."""

from __future__ import annotations

from pathlib import Path

import pytest

from rs_seg.algorithms.detectors.table import DETECTORS
from rs_seg.config.objects import FITTED_DETECTORS
from tests.workflow.changed_keys import all_fields
from tests.workflow.reruns import FITTED, Reruns, find_reruns
from tests.workflow.reruns_page import page_text

pytestmark = pytest.mark.slow
PAGE = Path(__file__).parents[2] / "docs" / "reruns.md"
COSTLY = {"train", FITTED, "train_detector", "accelerate", "predict", "detect", "search"}
UNTRIED = {
    ("KMeans", "naming"),  # needs a run without labels
    ("Adam", "method"),  # the other optimisers and schedules are tried in its place
    ("Constant", "method"),
    # the program writes the table of sheets itself: tests/cli/test_patches.py
    ("PatchRows", "table"),
    ("PatchRows", "rows"),
    ("PatchRows", "digest"),
    ("WeightedFusion", "method"),  # its detector is an ensemble, which no other suppression takes
}


@pytest.fixture(scope="module")
def reruns() -> Reruns:
    return find_reruns()


def test_the_page_says_what_runs_again(reruns: Reruns) -> None:
    assert PAGE.read_text(encoding="utf-8") == page_text(reruns), (
        "docs/reruns.md has drifted: run `make generated`, and look at what changed"
    )


def test_every_key_is_tried(reruns: Reruns) -> None:
    assert all_fields() - reruns.tried == UNTRIED


@pytest.mark.parametrize("key", ["title", "legend.*.color"])
def test_looks_and_words_make_nothing_costly_again(reruns: Reruns, key: str) -> None:
    reached = reruns.of_keys[key]
    assert not COSTLY.intersection(reached, *(reruns.followers.get(stage, ()) for stage in reached))


def test_keys_of_networks_fit_no_method_of_single_pixels_again(reruns: Reruns) -> None:
    of_train = {key: stages for key, stages in reruns.of_keys.items() if key.startswith("train.")}
    fitting = {key for key, stages in of_train.items() if FITTED in stages}
    assert fitting == {"train.calibrate"}
    assert {key for key, stages in of_train.items() if "train" not in stages} == {
        "train.window",  # by way of `split`
        "train.workers",
        "train.checkpoint_seconds",
    }


def test_the_configuration_knows_which_detectors_are_fitted() -> None:
    assert {name for name, row in DETECTORS.items() if row.is_fitted} == FITTED_DETECTORS
