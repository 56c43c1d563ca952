"""The temperature is the one that likelihood asks for; reliability is pooled over pixels."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax

from rs_seg.algorithms.networks import NormalisedNetwork
from rs_seg.algorithms.training.calibration import (
    BINS,
    LogitSample,
    ReliabilityCounts,
    calibrate,
    fit_temperature,
    mean_nll,
    network_logits,
)


def calibrated_pixels(
    count: int = 40_000, class_count: int = 5, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Logits whose softmax is the distribution that the classes are drawn from."""
    generator = np.random.default_rng(seed)
    logits = generator.normal(0, 2, (count, class_count)).astype(np.float32)
    drawn = (
        softmax(logits.astype(float), axis=1).cumsum(axis=1) < generator.random((count, 1))
    ).sum(axis=1)
    return logits, np.minimum(drawn, class_count - 1)


def in_parts(logits: np.ndarray, indices: np.ndarray, size: int = 3000):
    return lambda: (
        (logits[i : i + size], indices[i : i + size]) for i in range(0, len(indices), size)
    )


@pytest.mark.parametrize("factor", [3.0, 1.0, 0.4])
def test_logits_too_large_by_a_factor_get_that_factor_as_temperature(factor):
    logits, indices = calibrated_pixels()
    found = calibrate(in_parts(logits * np.float32(factor), indices), seed=0)
    assert found.temperature == pytest.approx(factor, rel=0.03)
    assert found.after.ece() < 0.01
    assert found.after.total == found.before.total == len(indices)
    assert found.after.nll <= found.before.nll
    if factor != 1:
        assert found.before.ece() > 0.1


def test_the_temperature_has_the_least_loss_of_a_fine_grid():
    logits, indices = calibrated_pixels(2000)
    logits = logits * np.float32(2.2) + np.random.default_rng(1).normal(0, 1, logits.shape).astype(
        np.float32
    )
    found = fit_temperature(logits, indices)
    losses = {each: mean_nll(logits, indices, temperature=each) for each in np.arange(0.5, 6, 0.01)}
    assert found == pytest.approx(min(losses, key=losses.get), abs=0.01)


def test_the_loss_is_the_one_of_torch_over_several_chunks():
    logits, indices = calibrated_pixels(150_000)
    expected = torch.nn.functional.cross_entropy(
        torch.from_numpy(logits).double() / 1.3, torch.from_numpy(indices)
    )
    assert mean_nll(logits, indices, temperature=1.3) == pytest.approx(float(expected), rel=1e-9)
    assert ReliabilityCounts.from_logits(
        logits, indices, temperature=1.3
    ).mean_nll() == pytest.approx(float(expected))


@pytest.mark.parametrize(("wrong", "temperature"), [(False, 0.1), (True, 10.0)])
def test_pixels_that_are_all_right_or_all_wrong_end_at_a_limit(wrong, temperature):
    logits = np.tile(np.array([2.0, 0.0], np.float32), (50, 1))
    assert fit_temperature(logits, np.full(50, int(wrong))) == pytest.approx(temperature, abs=0.001)


def certain_but_often_wrong() -> tuple[np.ndarray, np.ndarray]:
    """Pixels of right confidence, and a few sure and wrong ones, which likelihood punishes."""
    logits = np.tile(np.array([1.0, 0.0], np.float32), (1000, 1))
    indices = (np.arange(1000) >= 731).astype(np.int64)  # 73.1 % are right, as sure as they are
    logits[-20:] = [9.0, 0.0]
    return logits, indices


def test_a_temperature_that_raises_the_calibration_error_is_not_taken(caplog):
    logits, indices = certain_but_often_wrong()
    best = fit_temperature(logits, indices)
    raised = ReliabilityCounts.from_logits(logits, indices, temperature=best)
    found = calibrate(in_parts(logits, indices), seed=0)
    assert raised.ece() > 5 * found.before.ece()
    assert (found.temperature, found.fitted) == (1.0, best)
    assert found.after.ece() == found.before.ece()
    (remark,) = found.remarks()
    assert f"correcting them by one temperature ({best:.3g}) would not bring them closer" in remark
    assert remark in caplog.text


@pytest.mark.parametrize(("wrong", "limit"), [(False, "0.1"), (True, "10")])
def test_a_temperature_at_a_limit_is_told(wrong, limit):
    logits = np.tile(np.array([2.0, 0.0], np.float32), (50, 1))
    found = calibrate(in_parts(logits, np.full(50, int(wrong))), seed=0)
    assert found.after.ece() < found.before.ece()
    (remark,) = found.remarks()
    assert f"their temperature ({limit}) is at a limit of the search (0.1 to 10)" in remark


def test_a_temperature_that_helps_is_taken_without_a_remark():
    logits, indices = calibrated_pixels()
    found = calibrate(in_parts(logits * np.float32(3), indices), seed=0)
    assert found.temperature == found.fitted > 2
    assert not list(found.remarks())


def test_expected_calibration_error_by_hand():
    # confidences 0.9 (right), 0.9 (wrong) in the bin (13/15, 14/15]; 0.6 (right) in (8/15, 9/15]
    probabilities = np.array([[0.9, 0.1], [0.1, 0.9], [0.6, 0.4 + 1e-12]])
    counts = ReliabilityCounts.from_logits(np.log(probabilities), np.array([0, 0, 0]))
    assert counts.pixels.tolist() == [0] * 8 + [1, 0, 0, 0, 0, 2, 0]
    assert counts.ece() == pytest.approx((2 * abs(0.5 - 0.9) + abs(1 - 0.6)) / 3)
    assert counts.mean_nll() == pytest.approx(-np.log([0.9, 0.1, 0.6]).mean())
    assert counts.bins()[13] == (2, pytest.approx(0.9), 0.5)
    assert counts.bins()[0] == (0, None, None)


def test_certainty_lies_in_the_last_bin():
    counts = ReliabilityCounts.from_logits(np.array([[500.0, 0.0]]), np.array([0]))
    assert counts.pixels.tolist() == [0] * (BINS - 1) + [1]


@given(st.lists(st.integers(0, 60), min_size=1, max_size=6), st.floats(0.2, 5))
def test_reliability_of_parts_adds_up_to_that_of_the_whole(sizes, temperature):
    logits, indices = calibrated_pixels(sum(sizes), seed=len(sizes))
    whole = ReliabilityCounts.from_logits(logits, indices, temperature=temperature)
    ends = np.cumsum(sizes)
    parts = [
        ReliabilityCounts.from_logits(
            logits[end - size : end], indices[end - size : end], temperature=temperature
        )
        for size, end in zip(sizes, ends, strict=True)
    ]
    total = sum(parts, start=ReliabilityCounts.empty())
    np.testing.assert_array_equal(total.pixels, whole.pixels)
    np.testing.assert_array_equal(total.correct, whole.correct)
    np.testing.assert_allclose(total.confidence, whole.confidence)
    assert total.nll == pytest.approx(whole.nll)


def test_right_and_wrong_pixels_are_the_same_at_every_temperature():
    logits, indices = calibrated_pixels(3000)
    correct = {
        int(ReliabilityCounts.from_logits(logits, indices, temperature=each).correct.sum())
        for each in (0.2, 1, 7)
    }
    assert correct == {int((logits.argmax(axis=1) == indices).sum())}


def test_without_pixels_there_is_no_calibration():
    nothing = np.empty((0, 3), np.float32), np.empty(0, np.int64)
    assert calibrate(lambda: iter(()), seed=0) is None
    assert calibrate(lambda: iter([nothing]), seed=0) is None


def sample_of(size: int, values: np.ndarray, part: int, *, seed: int) -> np.ndarray:
    sample = LogitSample(size, seed=seed)
    for start in range(0, len(values), part):
        block = values[start : start + part]
        sample.add(block[:, None].astype(np.float32), block)
    logits, indices = sample.drawn()
    np.testing.assert_array_equal(logits[:, 0], indices)
    return indices


@given(st.integers(1, 40), st.integers(1, 300), st.integers(1, 50))
def test_a_sample_holds_different_pixels_and_all_of_a_short_stream(size, count, part):
    drawn = sample_of(size, np.arange(count), part, seed=3)
    assert len(drawn) == len(set(drawn.tolist())) == min(size, count)


def test_a_sample_follows_from_the_seed_not_from_the_cutting_of_the_stream():
    values = np.arange(5000)
    one, two = sample_of(100, values, 7, seed=1), sample_of(100, values, 1000, seed=1)
    np.testing.assert_array_equal(one, two)
    assert set(one.tolist()) != set(sample_of(100, values, 7, seed=2).tolist())


def test_every_pixel_of_a_stream_is_equally_likely_to_be_drawn():
    counts = np.zeros(50)
    for seed in range(2000):
        counts[sample_of(10, np.arange(50), 9, seed=seed)] += 1
    # binomial: 400 expected, standard deviation 18
    assert np.abs(counts - 400).max() < 5 * 18


def test_a_sample_never_holds_more_than_twice_its_size_and_one_part():
    sample = LogitSample(10, seed=0)
    held = []
    for _ in range(200):
        sample.add(np.zeros((5, 2), np.float32), np.zeros(5, np.int64))
        held.append(sum(len(keys) for keys, _, _ in sample._parts))  # the bound is on what it holds
    assert max(held) <= 20


def test_a_temperature_is_fitted_to_a_bounded_sample_but_judged_by_all_pixels():
    logits, indices = calibrated_pixels(20_000)
    found = calibrate(in_parts(logits * np.float32(2), indices), seed=5, fitted=4000)
    again = calibrate(in_parts(logits * np.float32(2), indices, size=777), seed=5, fitted=4000)
    assert found.temperature == again.temperature == pytest.approx(2, rel=0.1)
    assert found.after.total == 20_000


def test_logits_of_a_network_are_those_of_labelled_pixels_in_order():
    network = NormalisedNetwork(torch.nn.Identity(), mean=[0.0, 0.0], std=[1.0, 1.0]).eval()
    generator = np.random.default_rng(0)
    samples = []
    for _ in range(5):
        pixels, valid = (
            generator.normal(size=(2, 4, 6)).astype(np.float32),
            generator.random((4, 6)) > 0.2,
        )
        samples.append((pixels, valid, np.where(valid, generator.integers(-1, 2, (4, 6)), -1)))
    streamed = list(network_logits(network, samples, batch_size=2))
    assert next(len(indices) for _, indices in streamed) == sum(
        (each[2] >= 0).sum() for each in samples[:2]
    )
    logits, indices = (np.concatenate(each) for each in zip(*streamed, strict=True))
    np.testing.assert_array_equal(
        indices, np.concatenate([each[2][each[2] >= 0] for each in samples])
    )
    np.testing.assert_array_equal(
        logits, np.concatenate([each[0][:, each[2] >= 0].T for each in samples])
    )
