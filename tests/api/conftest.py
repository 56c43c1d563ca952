"""A network and a method of single pixels, trained on the small scenes of the stages' tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from rs_seg.config import Likelihood
from tests.stages.learning_run import NETWORK, LearningRun, make_learning_run, train_model


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> LearningRun:
    return make_learning_run(tmp_path_factory.mktemp("api"))


@pytest.fixture(scope="session")
def network(run: LearningRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_model(tmp_path_factory.mktemp("network"), run, NETWORK)


@pytest.fixture(scope="session")
def likelihood(run: LearningRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    method = Likelihood(name="likelihood", architecture="gaussian_likelihood", samples=2000)
    return train_model(tmp_path_factory.mktemp("likelihood"), run, method)
