"""Speckle filters: against plain loops written from the papers, and on speckle that is known."""

from __future__ import annotations

import numpy as np
import pytest

from rs_seg.algorithms.classical.features import compute_features
from rs_seg.algorithms.classical.speckle import lee, refined_lee
from rs_seg.values.formula import BandName, reach_of
from rs_seg.values.formula_parser import parse_formula

NAMES = {"vv": BandName("vv")}
LOOKS = 4.0


def draw_power(seed: int, shape: tuple[int, int], *, invalid: float = 0.0) -> np.ndarray:
    """Speckle of four looks over two fields whose border bends."""
    generator = np.random.default_rng(seed)
    rows, columns = np.indices(shape)
    truth = np.where(columns + 3 * np.sin(rows / 3) > shape[1] / 2, 4.0, 1.0)
    power = truth * generator.gamma(LOOKS, 1 / LOOKS, shape)
    power[generator.random(shape) < invalid] = np.nan
    return power


def mirrored(index: int, size: int) -> int:
    """The index that stands for one outside: the image is mirrored, edge pixels first twice."""
    index %= 2 * size
    return index if index < size else 2 * size - 1 - index


def look(power: np.ndarray, row: int, column: int) -> float:
    height, width = power.shape
    return float(power[mirrored(row, height), mirrored(column, width)])


def estimate(value: float, window: list[float], looks: float) -> float:
    """Lee 1980: x = mean + k (z - mean), k = Q / (mean^2 sigma^2 + Q)."""
    values = [own for own in window if not np.isnan(own)]
    mean = sum(values) / len(values)
    variance = sum((own - mean) ** 2 for own in values) / len(values)
    sigma2 = 1 / looks
    signal = max((variance + mean**2) / (sigma2 + 1) - mean**2, 0.0)
    return mean + signal / (mean**2 * sigma2 + signal) * (value - mean)


def loop_lee(power: np.ndarray, size: int, looks: float) -> np.ndarray:
    filtered = np.full(power.shape, np.nan)
    far = size // 2
    for row, column in np.argwhere(~np.isnan(power)):
        window = [
            look(power, row + down, column + right)
            for down in range(-far, far + 1)
            for right in range(-far, far + 1)
        ]
        filtered[row, column] = estimate(power[row, column], window, looks)
    return filtered


def loop_refined(power: np.ndarray, looks: float) -> np.ndarray:
    """Lee 1981: means of 3 x 3 pixels, the strongest of four gradients, half of the window."""
    filtered = np.full(power.shape, np.nan)
    for row, column in np.argwhere(~np.isnan(power)):
        blocks = [
            [
                [
                    look(power, row + down + i, column + right + j)
                    for i in (-1, 0, 1)
                    for j in (-1, 0, 1)
                ]
                for right in (-2, 0, 2)
            ]
            for down in (-2, 0, 2)
        ]
        everything = np.array(blocks)
        m = np.array(
            [
                [
                    np.nanmean(own) if not np.isnan(own).all() else np.nanmean(everything)
                    for own in line
                ]
                for line in everything
            ]
        )
        sides = {
            (m[:, 0].sum() - m[:, 2].sum()): ("left", "right", m[1, 0], m[1, 2]),
            (m[0].sum() - m[2].sum()): ("above", "below", m[0, 1], m[2, 1]),
            (m[0, 1] + m[0, 2] + m[1, 2] - m[1, 0] - m[2, 0] - m[2, 1]): (
                *("upper right", "lower left"),
                *(m[0, 2], m[2, 0]),
            ),
            (m[0, 0] + m[0, 1] + m[1, 0] - m[1, 2] - m[2, 1] - m[2, 2]): (
                *("upper left", "lower right"),
                *(m[0, 0], m[2, 2]),
            ),
        }
        first, second, one, other = sides[max(sides, key=abs)]
        side = second if abs(other - m[1, 1]) < abs(one - m[1, 1]) else first
        inside = {
            "left": lambda i, j: j <= 0,
            "right": lambda i, j: j >= 0,
            "above": lambda i, j: i <= 0,
            "below": lambda i, j: i >= 0,
            "upper right": lambda i, j: j >= i,
            "lower left": lambda i, j: j <= i,
            "upper left": lambda i, j: i + j <= 0,
            "lower right": lambda i, j: i + j >= 0,
        }[side]
        window = [
            look(power, row + i, column + j)
            for i in range(-3, 4)
            for j in range(-3, 4)
            if inside(i, j)
        ]
        assert len(window) == 28, "each half has 28 pixels, the middle among them"
        filtered[row, column] = estimate(power[row, column], window, looks)
    return filtered


@pytest.mark.parametrize("invalid", [0.0, 0.3])
def test_the_lee_filter_is_that_of_the_paper(invalid):
    power = draw_power(1, (17, 23), invalid=invalid)
    np.testing.assert_allclose(lee(power, 5, LOOKS), loop_lee(power, 5, LOOKS), rtol=1e-9)


@pytest.mark.parametrize("invalid", [0.0, 0.3, 0.9])
def test_the_refined_filter_is_that_of_the_paper(invalid):
    power = draw_power(2, (17, 23), invalid=invalid)
    np.testing.assert_allclose(refined_lee(power, 7, LOOKS), loop_refined(power, LOOKS), rtol=1e-9)


@pytest.mark.parametrize("text", ["lee(vv, 7, 4)", "refined_lee(vv, 7, 4)"])
def test_no_cut_into_tiles_can_be_seen(text):
    formula = parse_formula(text, NAMES)
    power = draw_power(3, (40, 40), invalid=0.1).astype(np.float32)[None]
    whole = compute_features([formula], ["vv"], power)[0]
    far = reach_of(formula)
    part = compute_features([formula], ["vv"], power[:, 9 - far : 31 + far, 11 - far : 29 + far])
    np.testing.assert_array_equal(part[0][far:-far, far:-far], whole[9:31, 11:29])


def test_even_ground_becomes_its_mean_and_an_edge_stays_sharp():
    generator = np.random.default_rng(4)
    truth = np.where(np.arange(60) < 30, 1.0, 8.0)[None].repeat(60, axis=0)
    power = truth * generator.gamma(LOOKS, 1 / LOOKS, truth.shape)
    noisy, plain, refined = (
        np.sqrt(np.mean((own / truth - 1)[:, 25:35] ** 2))
        for own in (power, lee(power, 7, LOOKS), refined_lee(power, 7, LOOKS))
    )
    assert refined < plain < noisy, "along an edge only the refined filter has enough to average"
    even = power[:, :20]
    assert np.var(lee(even, 7, LOOKS)) < np.var(even) / 8


def test_power_without_speckle_stays_as_it_is():
    power = draw_power(5, (20, 20))
    np.testing.assert_allclose(lee(power, 5, 1e12), power, rtol=1e-6)
    np.testing.assert_allclose(lee(np.zeros((9, 9)), 5, 1.0), 0.0)
    np.testing.assert_allclose(refined_lee(np.full((9, 9), 2.5), 7, 1.0), 2.5)


def test_decibels_and_linear_power_undo_one_another():
    power = np.array([[[0.01, 1.0, 100.0, 0.0, -1.0, np.nan]]], dtype=np.float32)
    decibels = compute_features([parse_formula("db(vv)", NAMES)], ["vv"], power)[0]
    np.testing.assert_allclose(decibels, [[-20, 0, 20, np.nan, np.nan, np.nan]], atol=1e-5)
    back = compute_features([parse_formula("linear(db(vv))", NAMES)], ["vv"], power)[0]
    np.testing.assert_allclose(back[0, :3], power[0, 0, :3], rtol=1e-6)
