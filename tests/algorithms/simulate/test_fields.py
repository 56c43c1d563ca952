"""Simulated fields: which sensor and which date tells which classes apart."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from rasterio.features import rasterize
from rasterio.transform import Affine

from rs_seg.algorithms.simulate.fields import (
    COVERS,
    FIELD_CLASSES,
    VIGOUR,
    YEAR,
    Fields,
    greenness,
    simulate_fields,
)

DAYS = (120, 220)


@pytest.fixture(scope="module")
def fields() -> Fields:
    return simulate_fields(seed=5, height=120, width=160, days=DAYS)


def mean_of(band: np.ndarray, fields: Fields, name: str) -> float:
    return float(band[fields.classes == FIELD_CLASSES.index(name)].mean())


def test_a_seed_gives_the_same_fields_and_their_classes_whatever_the_days(fields: Fields) -> None:
    again = simulate_fields(seed=5, height=120, width=160, days=DAYS)
    other = simulate_fields(seed=5, height=120, width=160, days=(10,), clouds=0.4)
    np.testing.assert_array_equal(again.optical, fields.optical)
    np.testing.assert_array_equal(again.radar, fields.radar)
    np.testing.assert_array_equal(other.classes, fields.classes)
    np.testing.assert_array_equal(other.radar, fields.radar)
    assert (simulate_fields(seed=6, height=120, width=160, days=()).classes != fields.classes).any()


def test_polygons_tile_the_image_and_are_its_classes(fields: Fields) -> None:
    box = shapely.box(*fields.grid.bounds)
    assert shapely.area(fields.polygons).sum() == pytest.approx(box.area)
    assert shapely.union_all(fields.polygons).symmetric_difference(box).area < 1e-3
    assert set(fields.names) == set(FIELD_CLASSES)
    codes = (FIELD_CLASSES.index(name) for name in fields.names)
    drawn = rasterize(
        zip(fields.polygons, codes, strict=True),
        out_shape=fields.classes.shape,
        transform=Affine(10, 0, 0, 0, -10, fields.grid.top),
        dtype="uint8",
    )
    np.testing.assert_array_equal(drawn, fields.classes)


def test_stony_ground_is_told_by_the_radar_alone_and_meadow_by_the_image_alone(
    fields: Fields,
) -> None:
    for date in range(len(DAYS)):
        for band in fields.optical[date]:
            stony, bare = (mean_of(band, fields, f"{kind} ground") for kind in ("stony", "bare"))
            assert stony == pytest.approx(bare, rel=0.02)
    vv, vh = fields.radar
    assert mean_of(vv, fields, "stony ground") > mean_of(vv, fields, "bare ground") + 4
    for band in (vv, vh):
        meadow, bare = (mean_of(band, fields, name) for name in ("meadow", "bare ground"))
        assert meadow == pytest.approx(bare, abs=0.2)
    nir, red, _ = fields.optical[0]
    assert mean_of(nir, fields, "meadow") > 1.3 * mean_of(nir, fields, "bare ground")
    assert mean_of(red, fields, "meadow") < 0.6 * mean_of(red, fields, "bare ground")


def test_on_one_day_each_crop_looks_like_another_class_and_on_two_like_none(fields: Fields) -> None:
    (spring, summer) = (date[0] for date in fields.optical)
    alike = {"rel": 0.06}
    meadow, winter, late, bare = (
        [mean_of(date, fields, name) for date in (spring, summer)]
        for name in ("meadow", "winter crop", "summer crop", "bare ground")
    )
    assert winter[0] == pytest.approx(meadow[0], **alike)
    assert late[0] == pytest.approx(bare[0], **alike)
    assert winter[1] == pytest.approx(bare[1], **alike)
    assert late[1] == pytest.approx(meadow[1], **alike)


def test_speckle_has_the_variance_of_its_looks() -> None:
    fields = simulate_fields(seed=1, height=200, width=200, days=(), looks=5.0)
    smooth = fields.classes == FIELD_CLASSES.index("meadow")
    power = 10 ** (fields.radar[0][smooth] / 10)
    assert np.var(power / power.mean()) == pytest.approx(1 / 5, rel=0.1)
    assert 10 * np.log10(power.mean()) == pytest.approx(COVERS["meadow"].vv, abs=0.1)


def test_clouds_cover_their_share_of_each_date_and_are_brighter_than_any_ground() -> None:
    clear, fields = (
        simulate_fields(seed=2, height=100, width=100, days=(100, 150, 200), clouds=share)
        for share in (0.0, 0.3)
    )
    np.testing.assert_allclose(fields.clouds.mean(axis=(1, 2)), 0.3, atol=0.01)
    assert (fields.clouds[0] != fields.clouds[1]).any()
    assert not clear.clouds.any()
    covered = np.broadcast_to(fields.clouds[:, None], fields.optical.shape)
    np.testing.assert_array_equal(fields.optical[~covered], clear.optical[~covered])
    assert fields.optical[covered].min() > clear.optical.max()


def test_on_no_day_of_the_year_the_season_classes_are_all_told_apart() -> None:
    seasonal = ("meadow", "winter crop", "summer crop", "bare ground")
    days = np.arange(1, YEAR + 1)
    shares = np.array([[greenness(COVERS[name], day) for name in seasonal] for day in days])
    nearest = np.diff(np.sort(shares, axis=1), axis=1).min(axis=1)
    assert nearest.max() < 2 * VIGOUR, "two classes of which one field may be as green as another"
    widest = np.abs(shares[:, :, None] - shares[:, None]).max(axis=0)
    assert widest[~np.eye(4, dtype=bool)].min() > 0.7, "over the year they are told apart"
