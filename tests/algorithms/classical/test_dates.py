"""Formulas over dates, against plain loops over pixels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from rs_seg.algorithms.classical import features as features_module
from rs_seg.algorithms.classical.features import compute_features
from rs_seg.values.band_groups import BandGroup
from rs_seg.values.dated_names import find_dated, name_bands
from rs_seg.values.formula import Component, Dated, FormulaError, bands_of, reach_of
from rs_seg.values.formula_dates import check_undated
from rs_seg.values.formula_parser import parse_feature, parse_formula

SLOTS, SHAPE = 9, (7, 5)
GROUPS = (
    BandGroup(source="s2", bands=("red", "my nir"), slots=SLOTS),
    BandGroup(source="dsm", bands=("height",), optional=True),
    BandGroup(source="s1", bands=("vv",), slots=2),
)
BANDS = tuple(name for group in GROUPS for name in group.names)
DAYS = np.array([3, 40, 77, 110, 160, 200, 280, 330, 365 + 60])
Values = NDArray[np.float64]


def make_pixels() -> NDArray[np.float32]:
    """Random dates, of which each pixel lacks some; the first row none, the second pixel all."""
    rng = np.random.default_rng(7)
    pixels = np.zeros((len(BANDS), *SHAPE), dtype=np.float32)
    clear = rng.random((SLOTS, *SHAPE)) < 0.6
    clear[:, 0] = True
    clear[:, 1, 1] = False
    for slot in range(SLOTS):
        for band in ("red", "my nir"):
            values = rng.normal(100, 30, SHAPE) * clear[slot]
            pixels[BANDS.index(f"{band}@{slot + 1}")] = values
        pixels[BANDS.index(f"day_s2@{slot + 1}")] = DAYS[slot] * clear[slot]
    pixels[BANDS.index("height")] = rng.normal(10, 2, SHAPE)
    pixels[:, 3, 3] = np.nan
    return pixels


PIXELS = make_pixels()


def compute(*texts: str, pixels: NDArray[np.float32] = PIXELS) -> NDArray[np.float32]:
    names = name_bands(BANDS)
    return compute_features([parse_feature(text, names) for text in texts], BANDS, pixels)


def each_pixel(result: Callable[[Values, Values], float], fewest: int = 1) -> Values:
    """What a plain function makes of the clear values and days of each pixel of red."""
    made = np.full(SHAPE, np.nan)
    for row, column in np.ndindex(SHAPE):
        spectrum = PIXELS[:, row, column].astype(np.float64)
        if np.isnan(spectrum).any():
            continue
        days = spectrum[[BANDS.index(f"day_s2@{slot}") for slot in range(1, SLOTS + 1)]]
        values = spectrum[[BANDS.index(f"red@{slot}") for slot in range(1, SLOTS + 1)]]
        clear = days > 0
        if clear.sum() >= fewest:
            made[row, column] = result(values[clear], days[clear])
    return made


def fit(values: Values, days: Values, waves: int) -> Values:
    angles = 2 * np.pi * days / 365.25
    columns = [np.ones_like(days)]
    for wave in range(1, waves + 1):
        columns += [np.cos(wave * angles), np.sin(wave * angles)]
    return np.linalg.lstsq(np.stack(columns, axis=1), values, rcond=None)[0]


@pytest.mark.parametrize(
    ("text", "result", "fewest"),
    [
        ("median(red)", lambda values, _: np.median(values), 1),
        ("average(red)", lambda values, _: values.mean(), 1),
        ("spread(red)", lambda values, _: values.std(), 1),
        ("lowest(red)", lambda values, _: values.min(), 1),
        ("highest(red)", lambda values, _: values.max(), 1),
        ("amplitude(red)", lambda values, _: np.ptp(values), 1),
        ("percentile(red, 10)", lambda values, _: np.percentile(values, 10), 1),
        ("percentile(red, 100)", lambda values, _: values.max(), 1),
        ("day_of_highest(red)", lambda values, days: days[values.argmax()], 1),
        ("day_of_lowest(red)", lambda values, days: days[values.argmin()], 1),
        ("dates(red)", lambda values, _: len(values), 0),
        ("trend(red)", lambda values, days: stats.linregress(days / 365.25, values).slope, 2),
        ("harmonic_mean(red, 1)", lambda values, days: fit(values, days, 1)[0], 3),
        ("harmonic_cosine(red, 1)", lambda values, days: fit(values, days, 1)[1], 3),
        ("harmonic_sine(red, 1)", lambda values, days: fit(values, days, 1)[2], 3),
        ("harmonic_cosine(red, 2)", lambda values, days: fit(values, days, 2)[3], 5),
        ("harmonic_sine(red, 2)", lambda values, days: fit(values, days, 2)[4], 5),
    ],
)
def test_functions_of_dates_are_those_of_plain_loops(
    text: str, result: Callable[[Values, Values], float], fewest: int
) -> None:
    expected = each_pixel(result, fewest)
    got = compute(text)[0]
    assert np.array_equal(np.isnan(got), np.isnan(expected))
    assert np.allclose(got, expected, rtol=2e-5, atol=1e-4, equal_nan=True)
    assert fewest > 4 or np.isfinite(expected).sum() > 25


def test_indices_are_computed_on_each_date() -> None:
    red, nir = (
        np.stack([PIXELS[BANDS.index(f"{band}@{slot}")] for slot in range(1, SLOTS + 1)])
        for band in ("red", "my nir")
    )
    days = np.stack([PIXELS[BANDS.index(f"day_s2@{slot}")] for slot in range(1, SLOTS + 1)])
    with np.errstate(all="ignore"):
        ndvi = np.where(days > 0, (nir - red) / (nir + red), np.nan)
    expected = np.nanmax(np.where(np.isnan(ndvi), -np.inf, ndvi), axis=0)
    got = compute("highest(('my nir' - red) / ('my nir' + red)) + 0 * height")[0]
    assert np.allclose(got, np.where(np.isfinite(expected), expected, np.nan), equal_nan=True)


@pytest.mark.parametrize("order", [BANDS, ("vv@2", "day_s1@2", "red@3", "day_s2@3")])
@pytest.mark.parametrize("text", ["'red@3'", "weighted('red@3', 1, 0)"])
def test_a_date_that_is_named_has_no_value_where_it_has_no_data(
    text: str, order: tuple[str, ...]
) -> None:
    """Whatever other bands a model file asks for."""
    formula = parse_feature(text, name_bands(order))
    assert bands_of(formula) == {"red@3", "day_s2@3"}
    pixels = PIXELS[[BANDS.index(name) for name in order]]
    red, day = (PIXELS[BANDS.index(name)] for name in ("red@3", "day_s2@3"))
    assert (day == 0).any()
    expected = np.where(day > 0, red, np.nan)
    assert np.array_equal(compute_features([formula], order, pixels)[0], expected, equal_nan=True)


def test_components_of_dates_leave_out_days_and_pixels_that_lack_one() -> None:
    component = parse_formula("pca(1)", name_bands(("red@1", "day_s2@1", "red@2", "day_s2@2")))
    assert component == Component("pca", 1, ("red@1", "red@2"), ("day_s2@1", "day_s2@2"))


def test_windows_look_at_each_date() -> None:
    one_date = PIXELS.copy()
    for slot in range(2, SLOTS + 1):
        one_date[BANDS.index(f"day_s2@{slot}")] = 0
    everywhere = np.isfinite(one_date)
    one_date[BANDS.index("day_s2@1")] = 3
    plain = compute("mean('red@1', 3)", pixels=one_date)
    dated = compute("median(mean(red, 3))", pixels=one_date)
    assert everywhere.any()
    assert np.array_equal(plain, dated, equal_nan=True)


def test_rows_are_computed_alike_in_any_number(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ("harmonic_sine(red, 2)", "percentile(red / 'my nir', 30)", "'red@2'", "trend(red)")
    whole = compute(*texts)
    monkeypatch.setattr(features_module, "MOST_DATED", SLOTS * SHAPE[1])
    assert np.array_equal(compute(*texts), whole, equal_nan=True)


def test_fits_of_equal_days_have_no_value() -> None:
    pixels = PIXELS.copy()
    for slot in range(1, SLOTS + 1):
        pixels[BANDS.index(f"day_s2@{slot}")] = 40
    assert np.isnan(compute("harmonic_mean(red, 1)", "trend(red)", pixels=pixels)).all()


def test_a_formula_of_dates_is_read_from_its_own_text() -> None:
    names = name_bands(BANDS)
    for text in ("percentile('my nir' - red, 10)", "harmonic_cosine(red, 2)", "dates(red) / 2"):
        formula = parse_formula(text, names)
        assert parse_formula(str(formula), names) == formula
    assert str(parse_formula("median('my nir')", names)) == "median('my nir')"


def test_bands_and_days_of_all_dates_are_needed() -> None:
    formula = parse_formula("median(mean(vv, 3))", name_bands(BANDS))
    assert bands_of(formula) == {"vv@1", "vv@2", "day_s1@1", "day_s1@2"}
    assert reach_of(formula) == 1


def test_dated_names_follow_from_the_order_of_bands() -> None:
    assert find_dated(BANDS) == {
        "red": Dated("red", "s2", SLOTS),
        "my nir": Dated("my nir", "s2", SLOTS),
        "vv": Dated("vv", "s1", 2),
    }
    assert not find_dated(("red@1", "red@2"))
    assert not find_dated(("red", "day_s2", "red@x", "day_s2@x"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("red", "has a value for each date of s2; make one of them, such as median.red., or name"),
        ("red / height", "has a value for each date of s2"),
        ("median(height)", "height has one value; give it a formula of bands of a source with {d"),
        ("median(median(red))", "has one value"),
        ("pca(1, red, height)", "'red' stands for all its dates, expected a band"),
        ("median(red + vv)", "of s1 and s2, which have dates of their own"),
        ("percentile(red, 101)", "found 101, expected a percentile"),
        ("percentile(red)", "percentile takes 1 numbers at its end, found 0"),
        (
            "harmonic_sine(red, 1.5)",
            "found 1.5 waves a year of harmonic_sine, expected a whole number from 1 to 4",
        ),
        ("median(glcm_energy(red, 5))", "needs the bounds of its grey levels, such as glcm_energy"),
    ],
)
def test_what_dates_do_not_allow_is_told(text: str, message: str) -> None:
    with pytest.raises(FormulaError, match=message):
        check_undated(text, parse_feature(text, name_bands(BANDS)))
