from __future__ import annotations

import math

import pytest
import torch

from rs_seg.algorithms.training.optimization import OPTIMIZERS, SCHEDULES, build_schedule

OPTIONS = {
    "cosine": {"warm_up": 0.05},
    "constant": {},
    "step": {"epochs": 4, "factor": 0.5},
    "one_cycle": {"warm_up": 0.3},
}


def rates(
    method: str, *, epochs: int = 10, steps_per_epoch: int = 10, kind: str = "adamw", **options
) -> list[float]:
    """Rates of all steps, then the one after the last; the peak is 1, and of a second group 0.5."""
    parameters = [torch.nn.Parameter(torch.zeros(2)) for _ in range(2)]
    groups = [
        {"params": [each], "lr": rate} for each, rate in zip(parameters, (1.0, 0.5), strict=True)
    ]
    optimizer = OPTIMIZERS[kind](groups, lr=1.0)
    chosen = {"method": method, **OPTIONS[method], **options}
    schedule = build_schedule(optimizer, chosen, epochs=epochs, steps_per_epoch=steps_per_epoch)
    found = []
    for _ in range(epochs * steps_per_epoch):
        first, second = (group["lr"] for group in optimizer.param_groups)
        assert second == pytest.approx(first / 2)
        found.append(first)
        optimizer.step()
        schedule.step()
    return [*found, optimizer.param_groups[0]["lr"]]


def test_every_schedule_of_the_table_is_tested():
    assert set(OPTIONS) == set(SCHEDULES)


@pytest.mark.parametrize("kind", OPTIMIZERS)
@pytest.mark.parametrize("method", SCHEDULES)
def test_every_schedule_runs_with_every_optimizer_and_never_exceeds_the_peak(method, kind):
    found = rates(method, kind=kind)
    assert 0.999 < max(found) <= 1  # the peak of one-cycle lies between two steps
    assert min(found) >= 0


@pytest.mark.parametrize("steps", range(1, 9))
@pytest.mark.parametrize("method", SCHEDULES)
def test_trainings_of_few_steps_have_rates_too(method, steps):
    assert all(0 < rate <= 1 for rate in rates(method, epochs=1, steps_per_epoch=steps)[:-1])
    if "warm_up" in OPTIONS[method]:
        assert all(
            0 < rate <= 1
            for rate in rates(method, epochs=1, steps_per_epoch=steps, warm_up=0.25)[:-1]
        )


def test_the_cosine_warms_up_and_falls_to_zero():
    factors = rates("cosine")
    assert factors[0] == pytest.approx(0.2)
    assert max(factors) == 1
    assert factors.index(1) == 4
    assert factors[-1] == 0
    assert factors[5:] == sorted(factors[5:], reverse=True)


def test_a_longer_warm_up_of_the_cosine_is_linear():
    assert rates("cosine", warm_up=0.2)[:20] == pytest.approx(
        [(step + 1) / 20 for step in range(20)]
    )


def test_the_constant_rate_stays():
    assert set(rates("constant")) == {1.0}


def test_the_step_rate_falls_after_whole_epochs():
    assert rates("step", epochs=10, steps_per_epoch=3)[:-1] == pytest.approx(
        [0.5 ** (step // 3 // 4) for step in range(30)]
    )
    assert rates("step", steps_per_epoch=3, factor=0.1)[12] == pytest.approx(0.1)


def test_one_cycle_rises_from_a_25th_and_falls_to_almost_nothing_by_cosines():
    found = rates("one_cycle")
    rising = 0.3 * 101 - 1
    assert found[0] == pytest.approx(1 / 25)
    assert found[15] == pytest.approx(1 + (1 / 25 - 1) * (1 + math.cos(math.pi * 15 / rising)) / 2)
    assert found[-1] == pytest.approx(1 / 25e4)
    peak = found.index(max(found))
    assert peak in (29, 30)
    assert found[:peak] == sorted(found[:peak])
    assert found[peak:] == sorted(found[peak:], reverse=True)


def test_one_cycle_takes_momentum_the_other_way_where_there_is_one():
    for kind, options, seen in (
        ("sgd", {"momentum": 0.9}, lambda group: group["momentum"]),
        ("adamw", {}, lambda group: group["betas"][0]),
    ):
        optimizer = OPTIMIZERS[kind]([torch.nn.Parameter(torch.zeros(2))], lr=1.0, **options)
        schedule = build_schedule(
            optimizer, {"method": "one_cycle", "warm_up": 0.3}, epochs=10, steps_per_epoch=10
        )
        found = []
        for _ in range(100):
            found.append(seen(optimizer.param_groups[0]))
            optimizer.step()
            schedule.step()
        assert found[0] == pytest.approx(0.95)
        assert min(found) == pytest.approx(0.85, abs=1e-3)
        assert found.index(min(found)) in (29, 30)
