"""vectorize: two vector files that tile the valid area and say what each polygon is."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import geopandas
import numpy as np
import pytest
import rasterio
import rasterio.features
import shapely
from affine import Affine

from rs_seg.config import Argmax, VectorizeConfig
from rs_seg.errors import UserError
from rs_seg.io import polygons as polygon_files
from rs_seg.io.polygons import shapefile_bytes
from rs_seg.io.raster import RasterReader
from rs_seg.stages.vectorize import vectorize
from rs_seg.testing import grid_at, write_image, write_reference
from rs_seg.values import ClassName, ClassNames, Window
from rs_seg.values.grid import Grid, crop, ground_pixel_size
from tests.stages.toy_maps import LEGEND, make_toy_map

FIELDS = ["code", "class", "area_m2", "prob_mean", "geometry"]
MERCATOR = Grid((96, 128), Affine(0.1493, 0, 9_520_000, 0, -0.1493, 3_204_000), "EPSG:3857")


def run(
    folder: Path,
    grid: Grid,
    codes: np.ndarray,
    confidence: np.ndarray,
    *,
    tolerance: float = 0.0,
    abstain: float | None = None,
) -> Path:
    folder.mkdir(exist_ok=True)
    write_reference(folder / "classes.tif", grid, codes)
    write_image(folder / "confidence.tif", grid, confidence[None].astype(np.uint8), nodata=255)
    vectorize(
        VectorizeConfig(simplify_tolerance=tolerance),
        Argmax(name="argmax", method="argmax", abstain=abstain),
        LEGEND,
        classes=folder / "classes.tif",
        confidence=folder / "confidence.tif",
        polygons=folder / "polygons.gpkg",
        shapefile=folder / "polygons.shp",
    )
    return folder


def run_toy(folder: Path, grid: Grid | None = None, *, tolerance: float = 0.0) -> tuple[Path, np.ndarray, Grid]:
    toy = make_toy_map(folder / "toy", grid=grid)
    indices = np.where(toy.valid, toy.truth, -1)
    run(
        folder / "out", toy.grid, LEGEND.class_names.encode(indices), np.where(toy.valid, 127, 255), tolerance=tolerance
    )
    return folder / "out", indices, toy.grid


@pytest.mark.parametrize("grid", [grid_at(96, 128), MERCATOR], ids=["utm", "web mercator"])
@pytest.mark.parametrize("tolerance", [0.0, 1.5])
@pytest.mark.parametrize("name", ["polygons.gpkg", "polygons.shp"])
def test_three_areas_agree(grid: Grid, tolerance: float, name: str, tmp_path: Path) -> None:
    folder, indices, _ = run_toy(tmp_path, grid, tolerance=tolerance)
    frame = geopandas.read_file(folder / name)
    valid = (indices >= 0).sum()
    map_area = valid * abs(grid.affine.determinant)
    assert frame.area.sum() == pytest.approx(map_area, rel=1e-6)
    assert shapely.union_all(frame.geometry.to_numpy()).area == pytest.approx(map_area, rel=1e-6)
    assert frame["area_m2"].sum() == pytest.approx(valid * ground_pixel_size(grid) ** 2, rel=1e-4)
    assert frame.is_valid.all()
    assert shapely.coverage_is_valid(frame.geometry.to_numpy())


@pytest.mark.parametrize("name", ["polygons.gpkg", "polygons.shp"])
def test_burning_the_polygons_back_gives_the_map(name: str, tmp_path: Path) -> None:
    folder, indices, grid = run_toy(tmp_path)
    frame = geopandas.read_file(folder / name)
    assert list(frame.columns) == FIELDS
    assert frame.crs == grid.crs.to_wkt()
    shapes = zip(frame.geometry, frame["code"], strict=True)
    burnt = rasterio.features.rasterize(shapes, out_shape=indices.shape, fill=255, transform=grid.affine)
    np.testing.assert_array_equal(burnt, LEGEND.class_names.encode(indices))


def test_attributes_say_what_each_polygon_is(tmp_path: Path) -> None:
    codes = np.array([[1, 1, 7], [1, 255, 7]])
    confidence = np.array([[254, 127, 0], [0, 255, 254]])
    folder = run(tmp_path / "out", grid_at(2, 3, pixel=2.0), codes, confidence)
    for name in ("polygons.gpkg", "polygons.shp"):
        frame = geopandas.read_file(folder / name)
        assert frame["code"].tolist() == [1, 7]
        assert frame["class"].tolist() == ["field", "lake"]
        np.testing.assert_allclose(frame["area_m2"], [12, 8], rtol=2e-3)  # UTM is 0.04 % short at its meridian
        np.testing.assert_allclose(frame["prob_mean"], [1.5 / 3, 0.5], atol=1e-9)


def test_a_web_mercator_pixel_has_its_ground_area(tmp_path: Path) -> None:
    grid = Grid((1, 1), Affine(0.1493, 0, 9_520_000, 0, -0.1493, 3_204_000), "EPSG:3857")  # 27.63 N
    folder = run(tmp_path / "out", grid, np.array([[1]]), np.array([[254]]))
    assert geopandas.read_file(folder / "polygons.gpkg")["area_m2"][0] == pytest.approx(0.132**2, rel=0.01)


def test_a_map_without_data_becomes_empty_layers(tmp_path: Path) -> None:
    folder = run(tmp_path / "out", grid_at(4, 5), np.full((4, 5), 255), np.full((4, 5), 255))
    for name in ("polygons.gpkg", "polygons.shp"):
        frame = geopandas.read_file(folder / name)
        assert len(frame) == 0
        assert list(frame.columns) == FIELDS


def test_the_shapefile_has_all_its_parts(tmp_path: Path) -> None:
    folder, _, _ = run_toy(tmp_path)
    assert {path.suffix for path in folder.glob("polygons.*")} == {
        *(".gpkg", ".shp", ".shx", ".dbf", ".prj", ".cpg", ".qml")
    }
    assert (folder / "polygons.cpg").read_text() == "UTF-8"
    assert 'attr="code"' in (folder / "polygons.qml").read_text()


def test_the_geopackage_carries_its_style(tmp_path: Path) -> None:
    folder, _, _ = run_toy(tmp_path)
    connection = sqlite3.connect(folder / "polygons.gpkg")
    rows = connection.execute(
        "SELECT f_table_name, f_geometry_column, useAsDefault, styleQML FROM layer_styles"
    ).fetchall()
    geometry = connection.execute("SELECT table_name, column_name FROM gpkg_geometry_columns").fetchall()
    tables = dict(connection.execute("SELECT table_name, data_type FROM gpkg_contents"))
    connection.close()
    assert [row[:2] for row in rows] == geometry == [("polygons", "geom")]
    assert rows[0][2] == 1
    assert rows[0][3] == (folder / "polygons.qml").read_text()
    assert tables == {"polygons": "features", "layer_styles": "attributes"}


def test_the_same_map_gives_the_same_bytes(tmp_path: Path) -> None:
    first, _, _ = run_toy(tmp_path / "first", tolerance=1.0)
    second, _, _ = run_toy(tmp_path / "second", tolerance=1.0)
    for path in sorted(first.glob("polygons.*")):
        assert path.read_bytes() == (second / path.name).read_bytes(), path.name


def test_pixels_without_a_class_on_purpose_are_polygons_that_say_so(tmp_path: Path) -> None:
    codes = np.array([[1, 254, 254], [1, 255, 7]])
    confidence = np.array([[254, 127, 0], [254, 255, 254]])
    folder = run(tmp_path / "out", grid_at(2, 3), codes, confidence, abstain=0.6)
    frame = geopandas.read_file(folder / "polygons.gpkg")
    assert frame["class"].tolist() == ["field", "abstain", "lake"]
    assert frame["code"].tolist() == [1, 254, 7]
    assert frame["prob_mean"][1] == pytest.approx(0.25)
    assert shapely.coverage_is_valid(frame.geometry.to_numpy())
    assert frame.area.sum() == pytest.approx(5 * 4)
    assert 'label="abstain"' in (folder / "polygons.qml").read_text()
    with pytest.raises(UserError, match=r"codes.*Found: 254"):
        run(tmp_path / "out", grid_at(2, 3), codes, confidence)


def test_codes_outside_the_legend_are_refused(tmp_path: Path) -> None:
    strange = ClassNames((ClassName(code=1, name="field"), ClassName(code=99, name="?")))
    assert strange.nodata == 255
    with pytest.raises(UserError, match=r"codes.*Found: 99.*Expected: 1, 4, 7"):
        run(tmp_path / "out", grid_at(1, 2), np.array([[1, 99]]), np.array([[254, 254]]))


def test_too_much_for_a_shapefile_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polygon_files, "SHAPEFILE_LIMIT", 1000)
    with pytest.raises(UserError, match="GeoPackage"):
        run_toy(tmp_path)


def test_the_size_of_a_shapefile_is_foreseen(tmp_path: Path) -> None:
    folder, _, _ = run_toy(tmp_path)
    foreseen = shapefile_bytes(geopandas.read_file(folder / "polygons.gpkg"))
    written = max((folder / name).stat().st_size for name in ("polygons.shp", "polygons.dbf"))
    assert written <= foreseen <= 1.5 * written


def test_a_real_land_cover_map_is_tiled(real_data: Path, tmp_path: Path) -> None:
    window = Window(400, 300, 300, 300)
    with RasterReader(real_data / "landsat8_zion_landcover/labels/nlcd2011_8class.tif") as reader:
        codes, grid = reader.read_codes(window), crop(reader.grid, window)
    codes = np.where(np.isin(codes, LEGEND.class_names.codes), codes, LEGEND.class_names.nodata)
    confidence = np.where(codes == LEGEND.class_names.nodata, 255, 200)
    folder = run(tmp_path / "out", grid, codes, confidence, tolerance=30.0)
    frame = geopandas.read_file(folder / "polygons.gpkg")
    shapes = frame.geometry.to_numpy()
    map_area = (codes != LEGEND.class_names.nodata).sum() * abs(grid.affine.determinant)
    assert len(frame) > 300
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    assert shapely.union_all(shapes).area == pytest.approx(map_area, rel=1e-6)
    assert shapely.area(shapes).sum() == pytest.approx(map_area, rel=1e-6)
