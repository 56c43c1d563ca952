"""Damaged vector files and odd text end in a UserError or in polygons, never in anything else."""

from __future__ import annotations

import random
import shutil
import warnings

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from rs_seg.algorithms.inspection.label_facts import describe_polygons
from rs_seg.algorithms.labelling.codes import Coding
from rs_seg.algorithms.labelling.contradictions import find_contradictions
from rs_seg.algorithms.labelling.rasterize import PolygonCodes, find_unpainted
from rs_seg.errors import UserError
from rs_seg.io.raw.labels import LabelReading, read_label_polygons
from rs_seg.io.raw.vector import holds_polygons
from rs_seg.testing import TOY_CLASSES, grid_at
from rs_seg.values.grid import whole

GRIDS = (
    grid_at(40, 40, pixel=0.25, left=0, top=10),
    grid_at(40, 40, pixel=0.25, left=0, top=10, crs="EPSG:3034"),
)
ROUNDS = 40


def look(path):
    """All that is done with polygons, on a grid in their CRS and on one in another."""
    for grid in GRIDS:
        labels = read_label_polygons(path, LabelReading(column="class"), grid)
        coding = Coding.of(TOY_CLASSES, {})
        codes = coding.encode_values(labels.values).tolist()
        PolygonCodes(labels.geometries, codes, grid, outside=None).read(whole(grid))
        find_unpainted(labels.geometries, codes, grid)
        describe_polygons(labels.geometries, codes, TOY_CLASSES, grid)
        find_contradictions(labels.values, labels.others, coding)


def outcome_of(path):
    """The text of the error, or "" where there is none."""
    try:
        if holds_polygons(path, None):
            look(path)
    except UserError as error:
        return str(error)
    return ""


def damage(data, rng):
    """Bytes cut off or overwritten."""
    if rng.random() < 0.3:
        return data[: rng.randrange(len(data) + 1)]
    damaged = bytearray(data)
    for _ in range(rng.choice([1, 3, 30])):
        damaged[rng.randrange(len(damaged))] = rng.choice([0, 255, rng.randrange(256)])
    return bytes(damaged)


# what GDAL and the readers warn of, and messages of GDAL that are no text, are not what is tested
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("suffix", ["geojson", "gpkg", "shp", "fgb", "parquet"])
def test_damaged_files_end_in_user_errors_or_in_polygons(tmp_path, suffix):
    shapes = [
        shapely.box(0, 0, 1, 1),
        shapely.box(2, 2, 3, 4),
        shapely.Polygon([(5, 5), (8, 5), (6, 9)]),
    ]
    values = {"class": ["Gehölz", "field", None], "number": [1.5, 2, None]}
    whole_files, damaged_files = tmp_path / "whole", tmp_path / "damaged"
    whole_files.mkdir()
    frame = geopandas.GeoDataFrame(values, geometry=shapes, crs="EPSG:32632")
    path = whole_files / f"a.{suffix}"
    frame.to_parquet(path) if suffix == "parquet" else frame.to_file(path)
    look(path)
    rng = random.Random(suffix)
    outcomes = []
    for _ in range(ROUNDS):
        shutil.rmtree(damaged_files, ignore_errors=True)
        shutil.copytree(whole_files, damaged_files)
        victim = rng.choice(sorted(damaged_files.iterdir()))
        victim.write_bytes(damage(victim.read_bytes(), rng))
        outcomes.append(outcome_of(damaged_files / path.name))
    assert any(path.name in each for each in outcomes)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.one_of(st.text(max_size=6), st.none(), st.floats(), st.integers(), st.booleans()),
        min_size=1,
        max_size=8,
    )
)
def test_any_value_of_an_attribute_is_a_class_or_listed(values):
    coding = Coding.of(TOY_CLASSES, {})
    codes = coding.encode_values(values)
    error = coding.check_values(values, TOY_CLASSES, where="labels")
    assert ((codes >= 0).all()) == (error is None)
    others = geopandas.pd.DataFrame({"other": np.array([*values, None], dtype=object)[:-1]})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        find_contradictions(values, others, coding)
