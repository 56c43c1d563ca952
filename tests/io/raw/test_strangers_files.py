"""Files of strangers are data: no request, no code, no other files, no endless view."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from html import escape
from pathlib import Path

import numpy as np
import pytest
import rasterio
import yaml

from rs_seg.errors import UserError
from rs_seg.io.raw import vector_formats
from rs_seg.io.raw.label_raster import LabelRaster, RasterReading
from rs_seg.io.raw.labels import LabelReading
from rs_seg.io.raw.source import SourceRaster
from rs_seg.io.raw.vector import holds_polygons, read_polygons
from rs_seg.testing import grid_at, square, write_image, write_polygons
from rs_seg.values import Window
from rs_seg.values.gdal_settings import ALLOWED

SOURCE = (
    '<VRTRasterBand dataType="Byte" band="1"><SimpleSource><SourceFilename '
    'relativeToVRT="0">{}</SourceFilename>'
    "<SourceBand>1</SourceBand></SimpleSource></VRTRasterBand>"
)
RAW = (
    '<VRTRasterBand dataType="Byte" band="1" subClass="{}"><SourceFilename '
    'relativeToVRT="0">/etc/hostname'
    "</SourceFilename><PixelOffset>1</PixelOffset><LineOffset>2</LineOffset></VRTRasterBand>"
)
PYTHON = (
    '<VRTRasterBand dataType="Byte" band="1" '
    'subClass="VRTDerivedRasterBand"><PixelFunctionType>f</PixelFunctionType>'
    "<PixelFunctionLanguage>Python</PixelFunctionLanguage><PixelFunctionCode>def f(*a): "
    "pass</PixelFunctionCode>"
    "</VRTRasterBand>"
)
WMS = (
    "<GDAL_WMS><Service "
    'name="TMS"><ServerUrl>http://127.0.0.1:{}/${{z}}/${{x}}/${{y}}.png</ServerUrl></Service>'
    "<DataWindow><UpperLeftX>0</UpperLeftX><UpperLeftY>9</UpperLeftY><LowerRightX>9</LowerRightX>"
    "<LowerRightY>0</LowerRightY><TileLevel>1</TileLevel></DataWindow><BandsCount>1</BandsCount>"
    "<Projection>EPSG:32632</Projection></GDAL_WMS>"
)
OGR = (
    '<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource relativeToVRT="0">{}</SrcDataSource>{}'
    "</OGRVRTLayer></OGRVRTDataSource>"
)
GML = (
    '<?xml version="1.0"?><wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs" '
    'xmlns:gml="http://www.opengis.net/gml" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:a="http://a" '
    'xsi:schemaLocation="http://a '
    'http://127.0.0.1:{}/a.xsd"><gml:featureMember><a:f><a:g><gml:Point>'
    "<gml:coordinates>1,2</gml:coordinates></gml:Point></a:g></a:f></gml:featureMember>"
    "</wfs:FeatureCollection>"
)


def virtual(bands: str) -> str:
    place = "<SRS>EPSG:32632</SRS><GeoTransform>600000, 10, 0, 5400000, 0, -10</GeoTransform>"
    return f'<VRTDataset rasterXSize="4" rasterYSize="4">{place}{bands}</VRTDataset>'


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def refusal(path: Path) -> str:
    with pytest.raises(UserError) as raised, SourceRaster(path, bands=1):
        pass
    return str(raised.value)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    return write_image(tmp_path / "image.tif", grid_at(4, 4), np.full((1, 4, 4), 7, np.uint8))


def test_a_vrt_of_files_on_this_machine_is_read(tmp_path: Path, image: Path) -> None:
    inner = write(tmp_path / "inner.vrt", virtual(SOURCE.format(image)))
    for source in (
        str(image),
        str(inner),
        f"vrt://{image}?bands=1",
        escape(virtual(SOURCE.format(image))),
    ):
        with SourceRaster(
            write(tmp_path / "a.vrt", virtual(SOURCE.format(source))), bands=1
        ) as raster:
            assert (raster.read(Window(0, 0, 4, 4))[0] == 7).all()


def test_a_vrt_in_a_file_of_another_name_is_refused_with_what_it_is(
    tmp_path: Path, image: Path
) -> None:
    said = refusal(write(tmp_path / "photo.tif", virtual(SOURCE.format(image))))
    assert (
        "photo.tif: raw input is not opened. Found: a VRT, a text that names other files, in a "
        "file that ends in " in said
    )
    assert "Remedy: rename it to .vrt" in said


@pytest.mark.parametrize(
    "band",
    [
        RAW.format("VRTRawRasterBand"),
        RAW.format("vrtRAWrasterband"),
        RAW.format("VRT&#82;awRasterBand"),
        RAW.format("VRT<!-- -->RawRasterBand"),
        SOURCE.format(escape(virtual(RAW.format("VRTRawRasterBand")))),
        SOURCE.format(escape(escape(virtual(RAW.format("VRT&#82;awRasterBand"))))),
    ],
)
def test_bytes_of_other_files_never_become_pixels(tmp_path: Path, band: str) -> None:
    assert "shows the bytes of any file as pixels" in refusal(
        write(tmp_path / "a.vrt", virtual(band))
    )
    # behind another one, whatever its name
    write(tmp_path / "inner.tif", virtual(band))
    for source in (
        str(tmp_path / "inner.tif"),
        f"<![CDATA[{tmp_path}/inner.tif]]>",
        f"vrt://{tmp_path}/inner.tif",
    ):
        said = refusal(write(tmp_path / "outer.vrt", virtual(SOURCE.format(source))))
        assert f"{tmp_path}/inner.tif: raw input is not opened" in said
        assert "shows the bytes of any file as pixels" in said


@pytest.mark.parametrize("before", ["\ufeff", "PK\3\4 ", "<!-- a -->", "x" * 500])
def test_a_vrt_is_known_behind_what_gdal_passes_over(tmp_path: Path, before: str) -> None:
    text = before + virtual(RAW.format("VRTRawRasterBand"))
    assert "raw input is not opened. Found: a VRT" in refusal(write(tmp_path / "a.tif", text))
    assert "shows the bytes" in refusal(write(tmp_path / "a.vrt", text))


def test_bands_of_raw_bytes_are_read_where_they_are_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ALLOWED, "VRTRawRasterBand")
    (tmp_path / "bytes").write_bytes(bytes(range(16)))
    band = RAW.format("VRTRawRasterBand").replace("/etc/hostname", str(tmp_path / "bytes"))
    path = write(tmp_path / "a.vrt", virtual(band.replace("<LineOffset>2", "<LineOffset>4")))
    with SourceRaster(path, bands=1) as raster:
        assert raster.read(Window(0, 0, 4, 4))[0].tolist() == [np.arange(16).reshape(4, 4).tolist()]


def test_code_in_a_vrt_is_refused(tmp_path: Path) -> None:
    assert "code in Python" in refusal(write(tmp_path / "a.vrt", virtual(PYTHON)))
    assert os.environ["GDAL_VRT_ENABLE_PYTHON"] == "NO"


def test_a_vrt_in_an_archive_behind_a_vrt_is_refused(tmp_path: Path, image: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("evil.tif", virtual(RAW.format("VRTRawRasterBand")))
        archive.write(image, "sound.tif")
    sound, evil = (
        SOURCE.format(f"/vsizip/{tmp_path}/a.zip/{name}.tif") for name in ("sound", "evil")
    )
    with SourceRaster(write(tmp_path / "sound.vrt", virtual(sound)), bands=1) as raster:
        assert raster.read(Window(0, 0, 1, 1))[0].item() == 7
    assert "evil.tif, which no driver of plain rasters opens" in refusal(
        write(tmp_path / "a.vrt", virtual(evil))
    )


@pytest.mark.parametrize(
    "text",
    [
        WMS.format(9),
        '{"type": "FeatureCollection"}',
        "<html></html>",
        "<MRF_META><Raster/></MRF_META>",
    ],
)
def test_texts_that_are_no_pixels_are_refused_as_rasters_and_as_sources_of_a_vrt(
    tmp_path: Path, text: str
) -> None:
    assert "no pixels" in refusal(write(tmp_path / "photo.tif", text))
    assert "photo.tif: a text" in refusal(
        write(tmp_path / "a.vrt", virtual(SOURCE.format(tmp_path / "photo.tif")))
    )
    with pytest.raises(UserError, match="no pixels"):
        LabelRaster(tmp_path / "photo.tif", RasterReading())


@pytest.mark.parametrize(
    "name",
    [
        "http://127.0.0.1:1/a.tif",
        "/vsicurl/http://127.0.0.1:1/a.tif",
        "/vsizip//vsicurl/http://127.0.0.1:1/a.zip/a.tif",
        "/vsizip/{{/vsis3/bucket/a.zip}}/a.tif",
        "/vsistdin/",
        "/vsisubfile/0_9,/etc/passwd",
        "WMS:http://127.0.0.1:1/w?",
        "PG:host=127.0.0.1",
        "MEM:::DATAPOINTER=140",
        "&#47;vsicurl/http://127.0.0.1:1/a.tif",
        escape(WMS.format(1)),
    ],
)
def test_sources_that_are_no_files_of_this_machine_are_refused(tmp_path: Path, name: str) -> None:
    assert "raw input is not opened" in refusal(
        write(tmp_path / "a.vrt", virtual(SOURCE.format(name)))
    )
    with pytest.raises(UserError, match="raw input is not opened"):
        holds_polygons(write(tmp_path / "labels.vrt", OGR.format(name, "")), None)


def test_overviews_on_another_machine_are_refused(tmp_path: Path, image: Path) -> None:
    address = "/vsicurl/http://127.0.0.1:1/o.tif"
    pam = (
        f'<PAMDataset><Metadata domain="OVERVIEWS"><MDI key="OVERVIEW_FILE">{address}</MDI>'
        f"</Metadata></PAMDataset>"
    )
    write(tmp_path / "image.tif.aux.xml", pam)
    assert f"overviews at {address}" in refusal(image)


def test_addresses_in_metadata_of_a_vrt_are_only_text(tmp_path: Path, image: Path) -> None:
    about = '<Metadata><MDI key="DOI">https://doi.org/10.5281/1</MDI></Metadata>'
    with SourceRaster(
        write(tmp_path / "a.vrt", virtual(about + SOURCE.format(image))), bands=1
    ) as raster:
        assert raster.read(Window(0, 0, 1, 1))[0].item() == 7


def test_a_vrt_of_vectors_is_read_without_sql_alone(tmp_path: Path) -> None:
    labels = write_polygons(
        tmp_path / "labels.gpkg", [square(0, 0, 9)], columns={"class": ["wood"]}
    )
    layer = "<SrcLayer>labels</SrcLayer>"
    path = write(tmp_path / "a.vrt", OGR.format(labels, layer).replace('name="a"', 'name="labels"'))
    assert read_polygons(path, LabelReading(column="class")).attribute == ["wood"]
    write(path, OGR.format(labels, "<SrcSQL>SELECT * FROM labels</SrcSQL>"))
    with pytest.raises(UserError, match="SQL"):
        holds_polygons(path, None)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(path, "labels.vrt")
    with pytest.raises(UserError, match=r"virtual data set within the archive: labels\.vrt"):
        holds_polygons(tmp_path / "a.zip", None)


def add_view(path: Path, name: str, query: str) -> None:
    """A view of labels that is a layer."""
    database = sqlite3.connect(path)
    database.execute(f"CREATE VIEW {name} AS {query}")
    for table in ("gpkg_contents", "gpkg_geometry_columns"):
        columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
        values = [repr(name) if each in ("table_name", "identifier") else each for each in columns]
        database.execute(
            f"INSERT INTO {table} SELECT {', '.join(values)} FROM {table} WHERE table_name = "
            f"'labels'"
        )
    database.commit()
    database.close()


def test_a_view_without_an_end_is_refused_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector_formats, "SLOWEST", 0.2)
    path = write_polygons(tmp_path / "labels.gpkg", [square(0, 0, 9)], columns={"class": ["wood"]})
    add_view(path, "plain", "SELECT fid, geom, class FROM labels")
    assert read_polygons(path, LabelReading(layer="plain", column="class")).attribute == ["wood"]
    counting = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)"
    add_view(path, "endless", f"{counting} SELECT fid, geom, class FROM n, labels WHERE x < 0")
    begin = time.monotonic()
    with pytest.raises(UserError, match="the view 'endless', which is not read to its end"):
        holds_polygons(path, None)
    assert time.monotonic() - begin < 5


def test_pipes_are_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.tif")
    assert "a pipe, socket or device" in refusal(tmp_path / "a.tif")
    assert "a pipe" in refusal(
        write(tmp_path / "a.vrt", virtual(SOURCE.format(tmp_path / "a.tif")))
    )
    with pytest.raises(UserError, match="a pipe, socket or device"):
        holds_polygons(tmp_path / "a.tif", None)


@pytest.fixture
def listener() -> Iterator[tuple[int, list[bytes]]]:
    """A port of this machine, and what was sent to it."""
    heard: list[bytes] = []
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            heard.append(connection.recv(100))
            connection.close()

    threading.Thread(target=serve, daemon=True).start()
    yield server.getsockname()[1], heard
    server.close()


CONFIG = {
    "legend": [
        {"code": 1, "name": "wood", "color": "#207020"},
        {"code": 2, "name": "field", "color": "#dddddd"},
    ],
    "models": {"unet": {"architecture": "unet"}},
    "refinements": {"argmax": {"method": "argmax"}},
    "sources": {"photo": {"path": "{image}", "bands": ["red"]}},
    "label": {"path": "{label}"},
}


def test_check_sends_no_request(
    tmp_path: Path, image: Path, listener: tuple[int, list[bytes]]
) -> None:
    port, heard = listener
    write(tmp_path / "wms.tif", WMS.format(port))
    write(tmp_path / "wms.vrt", virtual(SOURCE.format(tmp_path / "wms.tif")))
    for number, name in enumerate(
        ("http://", "/vsicurl/http://", "/vsicurl_streaming/http://", "WMS:http://")
    ):
        write(tmp_path / f"{number}.vrt", virtual(SOURCE.format(f"{name}127.0.0.1:{port}/a.tif")))
    write(tmp_path / "labels.vrt", OGR.format(f"http://127.0.0.1:{port}/a.json", ""))
    write(tmp_path / "labels.gml", GML.format(port))
    write(tmp_path / "image.tif.aux.xml", (
        '<PAMDataset><Metadata domain="OVERVIEWS"><MDI key="OVERVIEW_FILE">'
        f"/vsicurl/http://127.0.0.1:{port}/o.tif</MDI></Metadata></PAMDataset>"
    ))  # fmt: skip
    images = ["wms.tif", "wms.vrt", *(f"{number}.vrt" for number in range(4)), "image.tif"]
    labels = ["labels.vrt", "labels.gml"]
    scenes = [
        {"name": f"s{number}", "fields": {"image": image, "label": labels[number % len(labels)]}}
        for number, image in enumerate(images)
    ]
    values = {
        **CONFIG,
        "data_root": str(tmp_path),
        "results": str(tmp_path / "results"),
        "scenes": scenes,
    }
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
    command = [sys.executable, "-m", "rs_seg", "check", "--config", str(tmp_path / "config.yaml")]
    # where no proxy is to be used, the settings of the proxy do not hold
    ended = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "no_proxy": "*"},
        timeout=120,
    )
    assert ended.returncode == 1, ended.stderr
    assert "raw input is not opened" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert heard == []


def test_gdal_itself_sends_no_request_for_what_no_rule_knows(
    tmp_path: Path, listener: tuple[int, list[bytes]]
) -> None:
    port, heard = listener
    write(tmp_path / "a.tif", WMS.format(port))
    write(tmp_path / "a.vrt", virtual(SOURCE.format(f"/vsicurl/http://127.0.0.1:{port}/a.tif")))
    for name in ("a.tif", "a.vrt", f"/vsicurl/http://127.0.0.1:{port}/b.tif"):
        with pytest.raises(rasterio.RasterioIOError), rasterio.open(tmp_path / name) as dataset:
            dataset.read()
    assert heard == []
