"""vectorize: two vector files that tile the valid area and say what each polygon is."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
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
from rs_seg.io.raster import RasterReader
from rs_seg.io.vectors import shapefile as shapefiles
from rs_seg.maps import sources as map_sources
from rs_seg.stages.vectorize import vectorize
from rs_seg.testing import grid_at, picture_grid, rotated_grid, write_image, write_reference
from rs_seg.values import ClassName, ClassNames, Legend, Window, quantize
from rs_seg.values.grid import Grid, crop, ground_pixel_size
from tests.stages.toy_maps import LEGEND, make_toy_map

FIELDS = ["id", "code", "class", "area_m2", "perim_m", "prob_mean", "prob_min", "geometry"]
FORMATS = ("polygons.gpkg", "polygons.shp", "polygons.fgb", "polygons.parquet")
MERCATOR = Grid((96, 128), Affine(0.1493, 0, 9_520_000, 0, -0.1493, 3_204_000), "EPSG:3857")


def run(
    folder: Path,
    grid: Grid,
    codes: np.ndarray,
    confidence: np.ndarray,
    *,
    abstain: float | None = None,
    legend: Legend = LEGEND,
    probabilities: np.ndarray | None = None,
    image: np.ndarray | None = None,
    outside: str | None = None,
    **settings: object,
) -> Path:
    folder.mkdir(exist_ok=True)
    write_reference(folder / "classes.tif", grid, codes, classes=legend.class_names)
    write_image(folder / "confidence.tif", grid, confidence[None].astype(np.uint8), nodata=255)
    given: dict[str, list[Path]] = {"probabilities": [], "image": []}
    if probabilities is not None:
        pixels = quantize(probabilities.astype(np.float32))
        given["probabilities"] = [
            write_image(folder / "probabilities.tif", grid, pixels, nodata=255)
        ]
    if image is not None:
        valid = ~np.isnan(image[0])
        given["image"] = [
            write_image(
                folder / "image.tif", grid, np.nan_to_num(image), valid=valid, bands=["dsm"]
            )
        ]
    vectorize(
        VectorizeConfig(**settings),
        Argmax(name="argmax", method="argmax", abstain=abstain),
        legend,
        outside,
        classes=folder / "classes.tif",
        confidence=folder / "confidence.tif",
        **given,
        polygons=folder / "polygons.gpkg",
        shapefile=folder / "polygons.shp",
        flatgeobuf=folder / "polygons.fgb",
        geoparquet=folder / "polygons.parquet",
    )
    return folder


def read(path: Path) -> geopandas.GeoDataFrame:
    if path.suffix == ".parquet":
        return geopandas.read_parquet(path).drop(columns="bbox", errors="ignore")
    frame = geopandas.read_file(path, **({"layer": "polygons"} if path.suffix == ".gpkg" else {}))
    return frame.sort_values("id", ignore_index=True)  # FlatGeobuf orders them by place


def run_toy(
    folder: Path, grid: Grid | None = None, **settings: object
) -> tuple[Path, np.ndarray, Grid]:
    toy = make_toy_map(folder / "toy", grid=grid)
    indices = np.where(toy.valid, toy.truth, -1)
    settings.setdefault("simplify", {"tolerance": 0})
    run(
        folder / "out",
        toy.grid,
        LEGEND.class_names.encode(indices),
        np.where(toy.valid, 127, 255),
        **settings,
    )
    return folder / "out", indices, toy.grid


@pytest.mark.parametrize(
    "grid",
    [grid_at(96, 128), MERCATOR, rotated_grid(96, 128)],
    ids=["utm", "web mercator", "rotated"],
)
@pytest.mark.parametrize("tolerance", [0.0, 3.0])
@pytest.mark.parametrize("name", FORMATS)
def test_three_areas_agree(grid: Grid, tolerance: float, name: str, tmp_path: Path) -> None:
    folder, indices, _ = run_toy(tmp_path, grid, simplify={"tolerance": tolerance})
    frame = read(folder / name)
    valid = (indices >= 0).sum()
    map_area = valid * abs(grid.affine.determinant)
    assert frame.area.sum() == pytest.approx(map_area, rel=1e-6)
    assert shapely.union_all(frame.geometry.to_numpy()).area == pytest.approx(map_area, rel=1e-6)
    assert frame["area_m2"].sum() == pytest.approx(valid * ground_pixel_size(grid) ** 2, rel=1e-4)
    assert frame.is_valid.all()
    assert shapely.coverage_is_valid(frame.geometry.to_numpy())


@pytest.mark.parametrize("name", FORMATS)
def test_burning_the_polygons_back_gives_the_map(name: str, tmp_path: Path) -> None:
    folder, indices, grid = run_toy(tmp_path)
    frame = read(folder / name)
    assert list(frame.columns) == FIELDS
    assert frame.crs == grid.crs.to_wkt()
    shapes = zip(frame.geometry, frame["code"], strict=True)
    burnt = rasterio.features.rasterize(
        shapes, out_shape=indices.shape, fill=255, transform=grid.affine
    )
    np.testing.assert_array_equal(burnt, LEGEND.class_names.encode(indices))


def test_attributes_say_what_each_polygon_is(tmp_path: Path) -> None:
    codes = np.array([[1, 1, 7], [1, 255, 7]])
    confidence = np.array([[254, 127, 0], [0, 255, 254]])
    folder = run(
        tmp_path / "out", grid_at(2, 3, pixel=2.0), codes, confidence, simplify={"tolerance": 0}
    )
    for name in FORMATS:
        frame = read(folder / name)
        assert frame["id"].tolist() == [0, 2]
        assert frame["code"].tolist() == [1, 7]
        assert frame["class"].tolist() == ["field", "lake"]
        np.testing.assert_allclose(
            frame["area_m2"], [12, 8], rtol=2e-3
        )  # UTM is 0.04 % short at its meridian
        np.testing.assert_allclose(frame["perim_m"], [16, 12], rtol=1e-3)
        np.testing.assert_allclose(frame["prob_mean"], [1.5 / 3, 0.5], atol=1e-7)
        np.testing.assert_allclose(frame["prob_min"], [0, 0], atol=1e-7)


def test_a_web_mercator_pixel_has_its_ground_area(tmp_path: Path) -> None:
    grid = Grid((1, 1), Affine(0.1493, 0, 9_520_000, 0, -0.1493, 3_204_000), "EPSG:3857")  # 27.63 N
    folder = run(tmp_path / "out", grid, np.array([[1]]), np.array([[254]]))
    assert read(folder / "polygons.gpkg")["area_m2"][0] == pytest.approx(0.132**2, rel=0.01)


def test_a_map_without_data_becomes_empty_layers(tmp_path: Path) -> None:
    folder = run(tmp_path / "out", grid_at(4, 5), np.full((4, 5), 255), np.full((4, 5), 255))
    for name in FORMATS:
        frame = read(folder / name)
        assert len(frame) == 0
        assert list(frame.columns) == FIELDS


def test_the_shapefile_has_all_its_parts(tmp_path: Path) -> None:
    folder, _, _ = run_toy(tmp_path)
    assert {path.suffix for path in folder.glob("polygons.*")} == {
        *(".gpkg", ".shp", ".shx", ".dbf", ".prj", ".cpg", ".qml", ".sld", ".fgb", ".parquet")
    }
    assert (folder / "polygons.cpg").read_text() == "UTF-8"
    assert 'attr="code"' in (folder / "polygons.qml").read_text()


def test_the_geopackage_carries_its_style(tmp_path: Path) -> None:
    folder, _, _ = run_toy(tmp_path)
    connection = sqlite3.connect(folder / "polygons.gpkg")
    rows = connection.execute(
        "SELECT f_table_name, f_geometry_column, useAsDefault, styleQML FROM layer_styles"
    ).fetchall()
    geometry = connection.execute(
        "SELECT table_name, column_name FROM gpkg_geometry_columns"
    ).fetchall()
    tables = dict(connection.execute("SELECT table_name, data_type FROM gpkg_contents"))
    connection.close()
    assert [row[:2] for row in rows] == geometry == [("polygons", "geom")]
    assert rows[0][2] == 1
    assert rows[0][3] == (folder / "polygons.qml").read_text()
    assert tables == {"polygons": "features", "layer_styles": "attributes"}


SETTINGS = {"minimum_area": 20.0, "simplify": {"smooth": 1}}


@pytest.mark.parametrize("threads", ["1", "2"])
@pytest.mark.parametrize("rows", [64, 1000])
def test_strips_and_threads_give_the_same_bytes(
    threads: str, rows: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _, _ = run_toy(tmp_path / "first", **SETTINGS)
    monkeypatch.setattr(map_sources, "STRIP_PIXELS", 1)
    monkeypatch.setattr(map_sources, "STRIP_ROWS", rows)
    monkeypatch.setenv("OMP_NUM_THREADS", threads)
    second, _, _ = run_toy(tmp_path / "second", **SETTINGS)
    for path in sorted(first.glob("polygons.*")):
        assert path.read_bytes() == (second / path.name).read_bytes(), path.name


def test_pixels_without_a_class_on_purpose_are_polygons_that_say_so(tmp_path: Path) -> None:
    codes = np.array([[1, 254, 254], [1, 255, 7]])
    confidence = np.array([[254, 127, 0], [254, 255, 254]])
    folder = run(tmp_path / "out", grid_at(2, 3), codes, confidence, abstain=0.6)
    frame = read(folder / "polygons.gpkg")
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


def test_too_much_for_a_shapefile_is_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shapefiles, "SIZE_LIMIT", 1000)
    with pytest.raises(UserError, match=r"Shapefile.*GeoPackage.*vectorize.formats"):
        run_toy(tmp_path)
    assert not list((tmp_path / "out").glob("polygons.*"))


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (5, 7)])
@pytest.mark.parametrize("code", [0, 3, 300])
def test_one_class_of_any_code_is_one_polygon(
    shape: tuple[int, int], code: int, tmp_path: Path
) -> None:
    legend = Legend.model_validate(
        [
            {"code": code, "name": "ground", "color": "#aaaaaa"},
            {"code": 65000, "name": "rest", "color": "#bbbbbb"},
        ]
    )
    folder = run(
        tmp_path / "out", grid_at(*shape), np.full(shape, code), np.full(shape, 254), legend=legend
    )
    for name in FORMATS:
        frame = read(folder / name)
        assert frame["code"].tolist() == [code]
        assert frame.area.tolist() == [pytest.approx(4 * shape[0] * shape[1])]
        assert frame["prob_min"].tolist() == [1.0]


def test_small_areas_and_holes_become_part_of_a_neighbour(tmp_path: Path) -> None:
    codes = np.full((12, 12), 1)
    codes[2:8, 2:8] = 4
    codes[4:6, 4:6] = 7
    codes[10, 10] = 7
    folder = run(
        tmp_path / "out",
        grid_at(12, 12, pixel=1.0),
        codes,
        np.full((12, 12), 254),
        fill_holes={"wood": 9.0},
    )
    assert read(folder / "polygons.gpkg")["class"].tolist() == ["field", "wood", "lake"]
    folder = run(
        tmp_path / "out",
        grid_at(12, 12, pixel=1.0),
        codes,
        np.full((12, 12), 254),
        minimum_area={"lake": 2},
    )
    frame = read(folder / "polygons.gpkg")
    assert frame["class"].tolist() == ["field", "wood", "lake"]
    assert frame["area_m2"].sum() == pytest.approx(144, rel=2e-3)
    assert frame["id"].tolist() == [0, 26, 52]


def test_small_areas_go_where_the_probabilities_say(tmp_path: Path) -> None:
    codes = np.array([[1, 1, 1, 1, 4], [1, 1, 7, 4, 4], [1, 1, 1, 1, 4]])
    probabilities = np.zeros((3, 3, 5))
    probabilities[:, 1, 2] = 0.1, 0.4, 0.5
    settings = {"minimum_area": 5.0, "simplify": {"tolerance": 0}}
    for choice, expected in {"longest_border": 12, "most_probable": 11}.items():
        folder = run(
            tmp_path / choice,
            grid_at(3, 5, pixel=2.0),
            codes,
            np.full((3, 5), 254),
            probabilities=probabilities,
            merge_into=choice,
            **settings,
        )
        frame = read(folder / "polygons.gpkg")
        assert frame["class"].tolist() == ["field", "wood"]
        assert frame.area[0] == pytest.approx(4 * (expected - 1))


def test_touching_objects_are_split_where_the_probability_sinks(tmp_path: Path) -> None:
    codes = np.full((10, 16), 1)
    codes[2:8, 2:14] = 4
    probabilities = np.zeros((3, 10, 16))
    probabilities[1, 2:8, 2:14] = 0.95
    probabilities[1, 2:8, 8] = 0.5
    folder = run(
        tmp_path / "out",
        grid_at(10, 16),
        codes,
        np.full((10, 16), 200),
        probabilities=probabilities,
        split_touching={"classes": ["wood"]},
    )
    frame = read(folder / "polygons.gpkg")
    assert sorted(frame["class"]) == ["field", "wood", "wood"]
    assert shapely.coverage_is_valid(frame.geometry.to_numpy())
    assert frame.area.sum() == pytest.approx(160 * 4)


def test_touching_objects_are_split_along_a_class(tmp_path: Path) -> None:
    codes = np.full((10, 16), 1)
    codes[2:8, 2:14] = 4
    codes[2:8, 7:9] = 7
    folder = run(
        tmp_path / "out",
        grid_at(10, 16),
        codes,
        np.full((10, 16), 200),
        split_touching={"classes": ["wood"], "method": "border", "border": "lake"},
        simplify={"tolerance": 0},
    )
    frame = read(folder / "polygons.gpkg")
    assert sorted(frame["class"]) == ["field", "wood", "wood"]
    assert frame.area[frame["class"] == "wood"].tolist() == [36 * 4, 36 * 4]


def test_figures_of_a_band_are_attributes(tmp_path: Path) -> None:
    codes = np.array([[1, 1, 7], [1, 255, 7]])
    heights = np.array([[[3.0, 5.0, np.nan], [10.0, 0.0, np.nan]]], dtype=np.float32)
    zonal = [
        {"band": "dsm", "name": "height"},
        {"band": "dsm", "name": "lowest", "statistic": "minimum"},
        {"band": "dsm", "name": "highest", "statistic": "maximum"},
    ]
    folder = run(
        tmp_path / "out", grid_at(2, 3), codes, np.full((2, 3), 254), image=heights, zonal=zonal
    )
    for name in FORMATS:
        frame = read(folder / name)
        assert frame["height"][0] == 6.0
        assert frame["lowest"][0] == 3.0
        assert frame["highest"][0] == 10.0
        assert frame[["height", "lowest", "highest"]].iloc[1].isna().all()


def test_what_the_configuration_needs_is_asked_for(tmp_path: Path) -> None:
    codes, confidence = np.array([[1, 7]]), np.array([[254, 254]])
    with pytest.raises(UserError, match="--image"):
        run(
            tmp_path / "out",
            grid_at(1, 2),
            codes,
            confidence,
            zonal=[{"band": "dsm", "name": "height"}],
        )
    with pytest.raises(UserError, match="--probabilities"):
        run(
            tmp_path / "out",
            grid_at(1, 2),
            codes,
            confidence,
            minimum_area=5,
            merge_into="most_probable",
        )


def test_footprints_can_be_made_regular(tmp_path: Path) -> None:
    rows, columns = np.mgrid[0:60, 0:60] - 30
    along, across = columns * 0.9 + rows * 0.436, rows * 0.9 - columns * 0.436
    codes = np.where((abs(along) < 18) & (abs(across) < 9), 4, 1)
    settings = {"regularize": {"classes": ["wood"]}}
    folder = run(
        tmp_path / "out", grid_at(60, 60, pixel=0.5), codes, np.full((60, 60), 254), **settings
    )
    frame = read(folder / "polygons.gpkg")
    assert shapely.coverage_is_valid(frame.geometry.to_numpy())
    house = frame.geometry[frame["class"] == "wood"].iloc[0]
    assert len(house.exterior.coords) == 5
    assert house.area == pytest.approx(36 * 18 * 0.25, rel=0.05)


def test_a_real_land_cover_map_is_tiled(real_data: Path, tmp_path: Path) -> None:
    window = Window(400, 300, 300, 300)
    with RasterReader(real_data / "landsat8_zion_landcover/labels/nlcd2011_8class.tif") as reader:
        codes, grid = reader.read_codes(window), crop(reader.grid, window)
    codes = np.where(np.isin(codes, LEGEND.class_names.codes), codes, LEGEND.class_names.nodata)
    confidence = np.where(codes == LEGEND.class_names.nodata, 255, 200)
    folder = run(tmp_path / "out", grid, codes, confidence)
    frame = read(folder / "polygons.gpkg")
    shapes = frame.geometry.to_numpy()
    map_area = (codes != LEGEND.class_names.nodata).sum() * abs(grid.affine.determinant)
    assert len(frame) > 300
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    assert shapely.union_all(shapes).area == pytest.approx(map_area, rel=1e-6)
    assert shapely.area(shapes).sum() == pytest.approx(map_area, rel=1e-6)


def test_an_automatic_minimum_area_follows_from_the_pixels_and_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    codes = np.full((30, 40), 1)
    codes[2:4, 2:6] = 7  # 8 pixels of a quarter of a square metre
    codes[10:12, 10:15] = 7  # 10 pixels
    codes[15:29, 10:24] = 7
    codes[20:25, 15:20] = 1  # a gap of 25 pixels, less than four times 9
    grid = grid_at(30, 40, pixel=0.5)
    confidence = np.full(codes.shape, 254)
    with caplog.at_level(logging.INFO):
        folder = run(
            tmp_path / "out",
            grid,
            codes,
            confidence,
            minimum_area="auto",
            outside="field",
            simplify={"tolerance": 0},
        )
    frame = read(folder / "polygons.gpkg")
    assert frame["class"].tolist() == ["field", "lake", "lake"]
    assert frame["area_m2"].tolist() == pytest.approx([248.5, 2.5, 49], rel=1e-2)
    told = "minimum_area auto is 9 m2 of field, 2.3 m2 of wood, 2.3 m2 of lake for pixels of 0.5 m"
    assert told in caplog.text


def test_an_automatic_minimum_area_of_a_picture_is_told_in_pixels(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    codes = np.ones((8, 8), dtype=int)
    with caplog.at_level(logging.INFO):
        run(tmp_path / "out", picture_grid(8, 8), codes, codes, minimum_area="auto")
    assert "minimum_area auto is 9 pixels of field, 9 pixels of wood, 9 pixels of lake" in (
        caplog.text
    )
    assert " m2" not in caplog.text


def test_styles_do_not_draw_the_class_outside_all_labels(tmp_path: Path) -> None:
    codes = np.array([[1, 1, 7], [1, 1, 7]])
    folder = run(tmp_path / "out", grid_at(2, 3), codes, np.full((2, 3), 254), outside="field")
    drawn = 'name="style" type="QString" value="no"'
    with closing(sqlite3.connect(folder / "polygons.gpkg")) as connection:
        (inside,) = connection.execute("SELECT styleQML FROM layer_styles").fetchone()
    for text in (inside, *(path.read_text() for path in folder.glob("polygons*.qml"))):
        assert text.count(drawn) == 1
