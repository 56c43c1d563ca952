"""Accumulation, clipping, averages and freezing: what they do to the weights of a training."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from statistics import mean
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from rs_seg import progress
from rs_seg.algorithms.networks import NormalisedNetwork
from rs_seg.algorithms.training import history
from rs_seg.algorithms.training.history import save_whole
from rs_seg.algorithms.training.loop import train_network
from rs_seg.algorithms.training.losses import LossSettings
from rs_seg.algorithms.training.settings import TrainingSettings
from rs_seg.algorithms.training.task import SegmentationTask
from rs_seg.errors import UserError
from rs_seg.values import Confusion

State = dict[str, Tensor]


class Layers(nn.Module):
    """An encoder with dropout and perhaps batch norm, and a head with batch norm of its own."""

    def __init__(self, *, batch_norm: bool) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(2, 8, 3, padding=1), nn.ReLU())
        self.head = nn.Sequential(nn.Conv2d(8, 3, 1))
        if batch_norm:
            self.encoder.extend([nn.BatchNorm2d(8), nn.Dropout(0.2)])
            self.head.append(nn.BatchNorm2d(3))

    def forward(self, pixels_NBHW: Tensor) -> Tensor:
        return self.head(self.encoder(pixels_NBHW))


def draw(count: int, seed: int) -> list[tuple[Tensor, Tensor, Tensor]]:
    """Windows whose classes can be told from the first band, all pixels labelled."""
    generator = torch.Generator().manual_seed(seed)
    samples = []
    for _ in range(count):
        target_HW = torch.randint(0, 3, (8, 8), generator=generator)
        pixels_BHW = torch.randn(2, 8, 8, generator=generator)
        pixels_BHW[0] += 2.0 * target_HW
        samples.append((pixels_BHW, torch.ones(8, 8, dtype=torch.bool), target_HW))
    return samples


class Run:
    """A training of a few small steps and all that can be seen of it."""

    make_task = SegmentationTask

    def __init__(self, folder: Path, *, batch_norm: bool = True, **changes: Any) -> None:
        defaults: dict[str, Any] = {
            "class_count": 3,
            "batch_size": 4,
            "epochs": 4,
            "steps_per_epoch": 3,
            "patience": 9,
            "learning_rate": 0.02,
            "weight_decay": 0.01,
            "seed": 5,
            "precision": "float32",
            "augment": {"symmetries": False},
            "schedule": {"method": "constant"},
        }
        self.settings = TrainingSettings(**{**defaults, **changes})
        self.batch_norm = batch_norm
        self.starts: list[State] = []
        self.network: NormalisedNetwork
        self.result = train_network(
            self._build,
            self.settings,
            make_task=self.make_task,
            train_samples=self._draw,
            validation_samples=draw(3, 99),
            folder=folder,
        )

    def _build(self) -> NormalisedNetwork:
        self.network = NormalisedNetwork(
            Layers(batch_norm=self.batch_norm), mean=[0.0, 0.0], std=[1.0, 1.0]
        )
        return self.network

    def _draw(self, epoch: int, count: int) -> list[tuple[Tensor, Tensor, Tensor]]:
        if len(self.starts) == epoch:
            self.starts.append(copy_state(self.network))
        return draw(count, epoch)

    @property
    def states(self) -> list[State]:
        """The network's own weights before each epoch and after the last."""
        return [*self.starts, copy_state(self.network)]


def copy_state(network: nn.Module) -> State:
    return {key: value.detach().clone() for key, value in network.state_dict().items()}


def changed(before: State, after: State, part: str) -> set[str]:
    """Names of the tensors of a part that are not equal to the bit."""
    return {
        key for key in before if key.startswith(part) and not torch.equal(before[key], after[key])
    }


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., Run]:
    def run(name: str = "run", **changes: Any) -> Run:
        (tmp_path / name).mkdir()
        return Run(tmp_path / name, **changes)

    return run


@pytest.fixture
def tasks(monkeypatch) -> list[SegmentationTask]:
    """The tasks of all trainings of the test."""
    made: list[SegmentationTask] = []

    def record(*args: Any, **kwargs: Any) -> SegmentationTask:
        made.append(SegmentationTask(*args, **kwargs))
        return made[-1]

    monkeypatch.setattr(Run, "make_task", staticmethod(record))
    return made


def test_the_best_epoch_is_chosen_by_the_classes_that_count(start):
    common = {"epochs": 6, "learning_rate": 0.1}
    whole = start("all", **common).result
    alone = [start(str(index), counted=(index,), **common).result for index in range(3)]
    for epoch, row in enumerate(whole.rows):
        own = [each.rows[epoch] for each in alone]
        assert row["validation_miou"] == pytest.approx(mean(one["validation_miou"] for one in own))
        assert {one["train_loss"] for one in own} == {row["train_loss"]}
    for each in (whole, *alone):
        curve = [row["validation_miou"] for row in each.rows]
        assert curve[each.best_epoch - 1] == max(curve) == each.best_score
    assert len({each.best_epoch for each in (whole, *alone)}) > 1, "else the choice is not seen"


def test_validation_ground_without_a_class_that_counts_is_refused(start):
    with pytest.raises(UserError, match="no class that is counted"):
        start(class_count=4, counted=(3,))


@pytest.mark.parametrize(
    ("optimizer", "rate"),
    [({"method": "sgd", "momentum": 0.9}, 0.5), ({"method": "adamw"}, 0.02)],
    ids=["sgd", "adamw"],
)
def test_accumulated_batches_make_the_step_of_one_large_batch(start, optimizer, rate):
    common = {
        "learning_rate": rate,
        "batch_norm": False,
        "optimizer": optimizer,
        "gradient_norm": 0.05,
        "epochs": 2,
        "loss": LossSettings(weights={"cross_entropy": 1.0}),
        "schedule": {"method": "cosine", "warm_up": 0.05},
    }
    large = start("large", batch_size=6, **common)
    small = start("small", batch_size=2, accumulate=3, **common)
    other = start("other", batch_size=2, **common)
    for key, value in large.states[-1].items():
        torch.testing.assert_close(small.states[-1][key], value, rtol=1e-4, atol=1e-5)
        assert (other.states[-1][key] - value).abs().max() > 1e-3
    assert small.result.rows[-1]["train_loss"] == pytest.approx(
        large.result.rows[-1]["train_loss"], rel=1e-4
    )
    assert small.result.rows[-1]["learning_rate"] == large.result.rows[-1]["learning_rate"]


def test_a_step_is_no_longer_than_the_gradient_is_let_be(start):
    plain = {
        "optimizer": {"method": "sgd", "momentum": 0.0},
        "learning_rate": 1.0,
        "weight_decay": 0.0,
    }
    lengths = {}
    for norm in (0.01, 0.1, None):
        run = start(
            str(norm), epochs=1, steps_per_epoch=1, batch_norm=False, gradient_norm=norm, **plain
        )
        before, after = run.states
        lengths[norm] = (
            torch.stack([(after[key] - before[key]).norm() for key in before]).norm().item()
        )
    assert lengths[0.01] == pytest.approx(0.01, rel=1e-3)
    assert lengths[0.1] == pytest.approx(0.1, rel=1e-3)
    assert lengths[None] > 0.2


@pytest.mark.parametrize(
    "averaging",
    [None, {"method": "ema", "decay": 0.8}, {"method": "swa", "start": 0.25}],
    ids=["none", "ema", "swa"],
)
def test_the_weights_that_are_kept_are_those_that_were_judged(start, averaging):
    run = start(averaging=averaging)
    kept = NormalisedNetwork(Layers(batch_norm=True), mean=[0.0, 0.0], std=[1.0, 1.0])
    kept.load_state_dict(run.result.state)
    pixels, valid, target = (torch.stack(each) for each in zip(*draw(3, 99), strict=True))
    with torch.no_grad():
        mapped = kept.eval()(pixels, valid).argmax(dim=1)
    counts = Confusion.from_indices(target.numpy(), mapped.numpy(), class_count=3)
    assert counts.mean_iou() == pytest.approx(run.result.best_score, abs=1e-12)
    own = run.states[run.result.best_epoch]
    assert bool(changed(own, run.result.state, "layers")) == (averaging is not None)


def test_an_exponential_average_follows_every_step(start, tasks):
    run = start(averaging={"method": "ema", "decay": 0.8}, accumulate=2)
    averaged = tasks[0].averaged
    assert int(averaged.n_averaged) == 4 * 3
    before, after = run.states[0], run.states[-1]
    for key, value in averaged.module.named_parameters():
        assert not torch.equal(value, after[key])
        assert not torch.equal(value, before[key])
    once = start("forgetful", averaging={"method": "ema", "decay": 0.0})
    assert not changed(once.states[once.result.best_epoch], once.result.state, "")


def test_the_stochastic_average_is_the_mean_of_the_last_epochs_with_statistics_of_its_own(
    start, tasks
):
    run = start(averaging={"method": "swa", "start": 0.5})
    averaged = tasks[0].averaged
    assert int(averaged.n_averaged) == 2
    for key, value in averaged.module.named_parameters():
        torch.testing.assert_close(value, (run.states[3][key] + run.states[4][key]) / 2)
    layers = averaged.module.layers
    with torch.no_grad():
        pixels = torch.stack([sample[0] for sample in draw(12, 3)])
        features = layers.encoder[:2].eval()(pixels)
    torch.testing.assert_close(layers.encoder[2].running_mean, features.mean(dim=(0, 2, 3)))
    assert changed(run.states[4], copy_state(averaged.module), "layers.encoder.2.running") == {
        "layers.encoder.2.running_mean",
        "layers.encoder.2.running_var",
    }


def test_averages_do_not_change_the_course_of_the_training(start):
    plain = start("plain").states[-1]
    for averaging in ({"method": "ema", "decay": 0.8}, {"method": "swa", "start": 0.25}):
        assert not changed(plain, start(averaging["method"], averaging=averaging).states[-1], "")


@pytest.mark.parametrize(
    "averaging", [None, {"method": "ema", "decay": 0.8}, {"method": "swa", "start": 0.25}]
)
def test_a_frozen_encoder_ends_as_it_began(start, tasks, averaging):
    run = start(freeze_encoder=True, averaging=averaging, weight_decay=0.5)
    for state in (run.states[-1], run.result.state):
        assert not changed(run.states[0], state, "layers.encoder")
        assert changed(run.states[0], state, "layers.head") >= {
            "layers.head.0.weight",
            "layers.head.1.running_mean",
        }
    assert not any(each.training for each in tasks[0].network.layers.encoder.modules())


def test_an_encoder_thaws_at_its_epoch(start, tasks):
    run = start(freeze_encoder=True, unfreeze_epoch=3)
    begin, *_, before_third, _, end = run.states
    assert not changed(begin, before_third, "layers.encoder")
    learned = {f"layers.encoder.{key}" for key in ("0.weight", "0.bias", "2.weight", "2.bias")}
    statistics = {
        f"layers.encoder.2.{key}" for key in ("running_mean", "running_var", "num_batches_tracked")
    }
    assert changed(before_third, end, "layers.encoder") == learned | statistics
    assert all(each.training for each in tasks[0].network.layers.encoder.modules())


def test_a_lower_rate_moves_the_encoder_less(start):
    moved = {}
    for rate in (1.0, 0.01):
        run = start(str(rate), encoder_rate=rate, epochs=1, weight_decay=0.0)
        moved[rate] = {
            key: (run.states[-1][key] - run.states[0][key]).float().norm() for key in run.states[0]
        }
    weight = "layers.encoder.0.weight"
    assert moved[0.01][weight] < 0.02 * moved[1.0][weight]
    assert moved[0.01]["layers.head.0.weight"] > 0.5 * moved[1.0]["layers.head.0.weight"]


def test_states_on_disk_are_as_far_apart_as_asked_and_change_nothing(start, monkeypatch):
    saved: list[int] = []

    def save(trainer: Any, path: Path) -> None:
        saved.append(trainer.current_epoch)
        save_whole(trainer, path)

    monkeypatch.setattr(history, "save_whole", save)
    often, rarely = (
        start("often", checkpoint_seconds=0.0),
        start("rarely", checkpoint_seconds=3600.0),
    )
    assert saved == [0, 1, 2, 3, 3]
    assert not changed(often.result.state, rarely.result.state, "")
    assert often.result.rows == rarely.result.rows


def test_watchers_are_told_of_each_batch_and_change_nothing(start, monkeypatch):
    alone = start("alone")
    steps: list[progress.Step] = []
    monkeypatch.setattr(progress, "_watchers", [steps.append])
    watched = start("watched")
    told = [(step.share, step.doing) for step in steps if step.doing.startswith("epoch")]
    assert len(told) == 12
    assert told[0] == (1 / 12, "epoch 1 of 4")
    assert told[-1] == (1.0, "epoch 4 of 4")
    assert not changed(alone.result.state, watched.result.state, "")
