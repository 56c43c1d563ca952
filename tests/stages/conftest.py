"""The small labelled scenes and the model trained on them, made once for all stages."""

from __future__ import annotations

from pathlib import Path

import pytest

from .learning_run import NETWORK, LearningRun, make_learning_run, train_model


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> LearningRun:
    """The files that the stages of learning take in; tests must not change them."""
    return make_learning_run(tmp_path_factory.mktemp("learning"))


@pytest.fixture(scope="session")
def model(run: LearningRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model file of a small network; tests must not change it."""
    return train_model(tmp_path_factory.mktemp("network"), run, NETWORK)
