"""What every format of polygons holds to."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import get_args

import geopandas
import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from pyproj import CRS, Transformer

from rs_seg.config.vectorizing import Format
from rs_seg.errors import UserError
from rs_seg.io.styles import qml_for_classes
from rs_seg.io.vectors import WRITERS, PolygonBatch, PolygonStream
from rs_seg.io.vectors import arrow as arrow_module
from rs_seg.io.vectors.shapefile import NAME_LIMIT, shapefile_bytes
from rs_seg.values.legend import Legend
from rs_seg.values.vector_formats import VECTOR_FORMATS
from tests.io.vectors.fabricated_stream import FIELDS, LEGEND, Table, squares, table_of

Write = Callable[[PolygonStream], Path]


def read(path: Path) -> geopandas.GeoDataFrame:
    """A file as geopandas reads it, in the order of the ids."""
    frame = (
        geopandas.read_parquet(path)
        if path.suffix == ".parquet"
        else pyogrio.read_dataframe(path, layer=0)
    )
    return frame.sort_values("id").reset_index(drop=True)


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_there_is_a_writer_for_every_format_of_the_configuration() -> None:
    assert set(WRITERS) == set(VECTOR_FORMATS) == set(get_args(Format))


@pytest.mark.parametrize("name", WRITERS)
class TestContract:
    @pytest.fixture
    def write(self, name: str, tmp_path: Path) -> Write:
        suffix, writer = VECTOR_FORMATS[name].suffix, WRITERS[name]

        def write(stream: PolygonStream, *, folder: str = "übersicht of maps") -> Path:
            path = tmp_path / folder / f"polygons{suffix}"
            path.parent.mkdir(exist_ok=True)
            writer(stream, path, LEGEND)
            return path

        return write

    def assert_equal(self, path: Path, table: Table) -> None:
        frame = read(path)
        assert [each for each in frame.columns if each not in ("geometry", "bbox")] == list(FIELDS)
        shapes = frame.geometry.to_numpy()
        if path.suffix == ".shp":  # shells run clockwise there, and begin elsewhere
            shapes, wanted = shapely.normalize(shapes), shapely.normalize(table.polygons)
        else:
            wanted = table.polygons
        assert (shapely.to_wkb(shapes) == shapely.to_wkb(wanted)).all()
        for field, kind in FIELDS.items():
            if kind == "float64" and path.suffix == ".shp":  # decimal numbers with 15 places
                np.testing.assert_allclose(
                    frame[field], table.columns[field], rtol=1e-14, atol=1e-15
                )
            elif kind == "float64":
                np.testing.assert_array_equal(frame[field], table.columns[field])
            else:
                assert frame[field].tolist() == table.columns[field].tolist()
            assert kind == "str" or frame[field].dtype == kind

    def test_polygons_and_attributes_come_back_as_they_were(self, write: Write) -> None:
        table = squares(100)
        self.assert_equal(write(table.stream(batch_rows=33)), table)

    @settings(
        max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(st.integers(0, 2**32 - 1), st.integers(1, 30))
    def test_random_polygons_with_holes_come_back_as_they_were(
        self, write: Write, seed: int, batch_rows: int
    ) -> None:
        rng = np.random.default_rng(seed)
        centres = shapely.points(rng.uniform(-1e6, 1e6, (30, 2)))
        rings = [
            shapely.buffer(centres, 5.0, quad_segs=int(rng.integers(1, 20))),
            shapely.buffer(centres, 2.0),
        ]
        shapes = np.where(rng.random(30) < 0.5, shapely.difference(*rings), rings[0])
        table = table_of(shapes)
        self.assert_equal(write(table.stream(batch_rows=batch_rows)), table)

    @pytest.mark.parametrize("crs", ["EPSG:32632", "EPSG:4326", "EPSG:3857"])
    def test_the_crs_comes_back(self, write: Write, crs: str) -> None:
        table = squares(2)
        path = write(table.stream(crs=crs))
        self.assert_equal(path, table)
        assert read(path).crs == CRS.from_user_input(crs)

    def test_a_crs_without_a_code_comes_back(self, write: Write) -> None:
        crs = "+proj=laea +lat_0=47.5 +lon_0=8.3 +ellps=GRS80 +units=m +no_defs"
        found = read(write(squares(2).stream(crs=crs))).crs
        into = Transformer.from_crs(found, crs, always_xy=True)
        np.testing.assert_allclose(into.transform(1000.0, 2000.0), (1000.0, 2000.0), rtol=1e-9)

    def test_a_map_without_polygons_is_an_empty_layer_with_all_fields(self, write: Write) -> None:
        path = write(squares(0).stream())
        frame = read(path)
        assert len(frame) == 0
        assert [each for each in frame.columns if each not in ("geometry", "bbox")] == list(FIELDS)
        assert frame.crs == CRS.from_epsg(32632)
        if path.suffix != ".parquet":
            info = pyogrio.read_info(path, layer=0)
            assert info["geometry_type"] == "Polygon"
            assert info["ogr_types"] == [
                "OFTInteger64",
                "OFTInteger",
                "OFTString",
                *["OFTReal"] * 5,
            ]

    def test_nan_becomes_null(self, write: Write) -> None:
        path = write(squares(3).stream())
        if path.suffix == ".parquet":
            nulls = parquet.read_table(path)["height"].null_count
        else:
            nulls = pyogrio.read_arrow(path, layer=0)[1]["height"].null_count
        assert nulls == 1

    def test_the_same_polygons_are_the_same_bytes_however_they_are_cut(
        self, write: Write, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(arrow_module, "GROUP_ROWS", 64)
        table = squares(1000)
        folders = [
            write(table.stream(batch_rows=rows), folder=f"cut by {rows}").parent
            for rows in (1000, 1000 - 1, 64, 7, 1)
        ]
        found = [digests(folder) for folder in folders]
        assert all(each == found[0] for each in found)

    def test_an_error_of_the_stream_is_raised_as_it_is(self, write: Write) -> None:
        stream = squares(10).stream(batch_rows=5)

        def failing() -> Iterator[PolygonBatch]:
            yield next(stream.batches())
            raise UserError("the disk of the imagery is gone")

        with pytest.raises(UserError, match="imagery is gone"):
            write(replace(stream, batches=failing))

    def test_fewer_polygons_than_announced_are_a_fault(self, write: Write) -> None:
        with pytest.raises(AssertionError, match="11 polygons were announced, 10 came"):
            write(replace(squares(10).stream(), rows=11))

    def test_what_was_there_before_is_replaced(self, write: Write) -> None:
        write(squares(50).stream())
        self.assert_equal(write(squares(7).stream()), squares(7))

    def test_a_style_of_the_legend_goes_with_the_polygons(self, write: Write) -> None:
        path = write(squares(3).stream())
        if path.suffix == ".gpkg":
            with closing(sqlite3.connect(path)) as connection:
                ((layer, qml, sld),) = connection.execute(
                    "SELECT f_table_name, styleQML, styleSLD FROM layer_styles"
                )
            assert layer == "polygons"
        else:
            qml, sld = (
                path.with_suffix(each).read_text(encoding="utf-8") for each in (".qml", ".sld")
            )
        assert qml == qml_for_classes(LEGEND)
        assert "<se:Title>森林</se:Title>" in sld


def test_geopackages_are_of_version_1_3_with_an_index_and_the_fixed_date(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    WRITERS["geopackage"](squares(30).stream(), path, LEGEND)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (10300,)
        assert connection.execute("SELECT count(*) FROM rtree_polygons_geom").fetchone() == (30,)
        assert connection.execute("SELECT DISTINCT last_change FROM gpkg_contents").fetchall() == [
            ("2000-01-01T00:00:00.000Z",)
        ]
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_flatgeobufs_are_indexed(tmp_path: Path) -> None:
    path = tmp_path / "a.fgb"
    table = squares(500)
    WRITERS["flatgeobuf"](table.stream(), path, LEGEND)
    assert pyogrio.read_info(path)["capabilities"]["fast_spatial_filter"]
    box = table.polygons[123].bounds
    found = pyogrio.read_dataframe(path, bbox=(box[0] + 1, box[1] + 1, box[2] - 1, box[3] - 1))
    assert found["id"].tolist() == [table.columns["id"][123]]
    assert [each.name for each in tmp_path.iterdir() if each.suffix == ".fgb"] == ["a.fgb"]


class TestShapefile:
    def write(self, stream: PolygonStream, folder: Path, legend: Legend = LEGEND) -> Path:
        path = folder / "polygons.shp"
        WRITERS["shapefile"](stream, path, legend)
        return path

    def test_it_has_all_its_files(self, tmp_path: Path) -> None:
        path = self.write(squares(3).stream(), tmp_path)
        suffixes = {".shp", ".shx", ".dbf", ".prj", ".cpg", ".qml", ".sld"}
        assert {each.name for each in tmp_path.iterdir()} == {
            f"polygons{suffix}" for suffix in suffixes
        }
        assert path.with_suffix(".cpg").read_bytes() == b"UTF-8"

    def test_it_is_dated_to_a_fixed_day(self, tmp_path: Path) -> None:
        path = self.write(squares(3).stream(), tmp_path)
        assert tuple(path.with_suffix(".dbf").read_bytes()[1:4]) == (
            100,
            1,
            1,
        )  # years since 1900, month, day

    @settings(
        max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(st.integers(0, 200))
    def test_its_size_is_known_before(self, tmp_path: Path, count: int) -> None:
        stream = squares(count).stream()
        path = self.write(stream, tmp_path)
        width = max(len(each.name.encode()) for each in LEGEND)
        sizes = [path.with_suffix(suffix).stat().st_size for suffix in (".shp", ".dbf")]
        assert max(sizes) == shapefile_bytes(stream, text_width=width)

    @pytest.mark.parametrize(
        "totals",
        [
            {"points": 2**27 + 1, "rings": 1, "rows": 1},
            {"rows": 2**24, "rings": 2**24, "points": 4},
        ],
    )
    def test_more_than_two_gib_are_refused_before_anything_is_written(
        self, tmp_path: Path, totals: dict[str, int]
    ) -> None:
        with pytest.raises(UserError, match=r"GeoPackage.*vectorize\.formats"):
            self.write(replace(squares(1).stream(), **totals), tmp_path)
        assert list(tmp_path.iterdir()) == []

    def test_names_longer_than_a_text_of_the_format_are_refused(self, tmp_path: Path) -> None:
        classes = [
            {"code": code, "name": name * 128, "color": "#ffffff"} for code, name in enumerate("éè")
        ]
        with pytest.raises(UserError, match=f"256 bytes.*{NAME_LIMIT}"):
            self.write(squares(1).stream(), tmp_path, Legend.model_validate(classes))


class TestGeoParquet:
    def test_it_says_what_the_specification_asks_for(self, tmp_path: Path) -> None:
        path = tmp_path / "a.parquet"
        table = squares(90)
        WRITERS["geoparquet"](table.stream(batch_rows=40), path, LEGEND)
        geo = json.loads(parquet.read_metadata(path).metadata[b"geo"])
        column = geo["columns"][geo["primary_column"]]
        assert geo["version"] == "1.1.0"
        assert (column["encoding"], column["geometry_types"]) == ("WKB", ["Polygon"])
        assert column["orientation"] == "counterclockwise"
        assert CRS.from_json_dict(column["crs"]) == CRS.from_epsg(32632)
        assert column["bbox"] == shapely.total_bounds(table.polygons).tolist()
        boxes = parquet.read_table(path)["bbox"].combine_chunks().flatten()
        np.testing.assert_array_equal(np.column_stack(boxes), shapely.bounds(table.polygons))

    def test_parts_are_read_by_the_boxes(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(arrow_module, "GROUP_ROWS", 40)
        path = tmp_path / "a.parquet"
        table = squares(200)
        WRITERS["geoparquet"](table.stream(), path, LEGEND)
        groups = parquet.read_metadata(path)
        assert [groups.row_group(index).num_rows for index in range(groups.num_row_groups)] == [
            40
        ] * 5
        names = [groups.schema.column(index).path for index in range(groups.num_columns)]
        assert groups.row_group(0).column(names.index("bbox.xmin")).statistics.has_min_max
        box = table.polygons[123].bounds
        found = geopandas.read_parquet(path, bbox=(box[0] + 1, box[1] + 1, box[2] - 1, box[3] - 1))
        assert found["id"].tolist() == [table.columns["id"][123]]
