"""Which files a data set is made of."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.errors import NotGeoreferencedWarning, RasterioError

from rs_seg.io.raw.dataset_files import DatasetFiles
from rs_seg.io.raw.virtual_sources import find_missing_sources
from rs_seg.testing import grid_at, square, write_image, write_polygons

VRT = """<VRTDataset rasterXSize="4" rasterYSize="4">{inside}
  <VRTRasterBand dataType="Byte" band="1"><Description>Red</Description>
    <SimpleSource>
      <SourceFilename {attributes}>{source}</SourceFilename><SourceBand>1</SourceBand>
    </SimpleSource>
  </VRTRasterBand>
</VRTDataset>"""


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")


def beside(path: Path) -> list[str]:
    """Names of the other files, relative to the folder of the first."""
    return sorted(str(each.relative_to(path.parent)) for each in DatasetFiles().beside(path))


def write_vrt(
    path: Path, source: str, attributes: str = 'relativeToVRT="1"', inside: str = ""
) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        VRT.format(source=source, attributes=attributes, inside=inside), encoding="utf-8"
    )
    return path


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        (
            "a.tif",
            [
                "a.tfw",
                "a.TFWX",
                "a.tifw",
                "a.wld",
                "a.tif.aux.xml",
                "a.tif.msk",
                "a.tif.msk.ovr",
                "A.TIF.OVR",
            ],
        ),
        ("a.tif", ["a.RPB", "a.IMD", "a_RPC.TXT", "a.tab"]),
        ("a.jpg", ["a.jgw", "a.jpgw", "a.jpg.aux.xml"]),
        ("a.jp2", ["a.j2w", "a.jp2.aux.xml"]),
        ("a.asc", ["a.prj"]),
        ("a.b.tif", ["a.b.tfw", "a.b.tif.aux.xml"]),
        ("IMG_1_R1C1.TIF", ["DIM_1_R1C1.XML", "RPC_1_R1C1.XML"]),
        ("a.shp", ["a.dbf", "a.shx", "a.PRJ", "a.cpg"]),
        ("a.tab", ["a.dat", "a.map", "a.id"]),
        ("a.mif", ["a.mid"]),
        ("a.csv", ["a.csvt"]),
        ("a.gpkg", ["a.gpkg-wal"]),
    ],
)
def test_sidecars_are_found_by_name_whatever_the_case_of_letters(
    name: str, wanted: list[str], tmp_path: Path
) -> None:
    strangers = [
        "a.txt",
        "ab.tif",
        "ab.tfw",
        "a2.dbf",
        "a.tif.part",
        "b.prj",
        "a.tiff",
        "a_2.tif",
        "a.gpkg-shm",
    ]
    touch(tmp_path, name, *wanted, *strangers)
    assert beside(tmp_path / name) == sorted(wanted)


def test_data_sets_of_one_stem_do_not_own_one_another(tmp_path: Path) -> None:
    touch(tmp_path, "a.tif", "a.shp", "a.dbf", "a.prj", "a.gpkg", "a.geojson", "a.png")
    assert beside(tmp_path / "a.tif") == []
    assert beside(tmp_path / "a.gpkg") == []
    assert beside(tmp_path / "a.shp") == ["a.dbf", "a.prj"]


def test_an_empty_journal_says_nothing(tmp_path: Path) -> None:
    touch(tmp_path, "a.gpkg")
    (tmp_path / "a.gpkg-wal").touch()
    assert beside(tmp_path / "a.gpkg") == []


def test_sources_of_a_vrt_are_followed_with_their_sidecars(tmp_path: Path) -> None:
    touch(tmp_path, "raw/b 1.tif", "raw/b 1.tfw", "raw/other.tif")
    write_vrt(tmp_path / "raw" / "inner.vrt", "b 1.tif")
    outer = write_vrt(tmp_path / "outer.vrt", "raw/inner.vrt")
    touch(tmp_path, "outer.vrt.ovr")
    assert beside(outer) == ["outer.vrt.ovr", "raw/b 1.tfw", "raw/b 1.tif", "raw/inner.vrt"]


def test_a_vrt_that_names_itself_ends(tmp_path: Path) -> None:
    assert beside(write_vrt(tmp_path / "a.vrt", "a.vrt")) == []


@pytest.mark.parametrize(
    "text",
    [
        '<SourceFilename relativeToVRT="1">sub/a&amp;b.tif</SourceFilename>',
        '<SourceFilename relativetoVRT="1">sub/a&b.tif</SourceFilename>',
        "<SourceFilename>{folder}/sub/a&amp;b.tif</SourceFilename>",
        (
            "<GDALWarpOptions><SourceDataset "
            'relativeToVRT="1">sub/a&amp;b.tif</SourceDataset></GDALWarpOptions>'
        ),
        (
            '<OGRVRTLayer name="l"><SrcDataSource '
            'relativeToVRT="1">sub/a&amp;b.tif</SrcDataSource></OGRVRTLayer>'
        ),
        '<Input><SourceFilename relativeToVRT="1">sub/a&amp;b.tif</SourceFilename></Input>',
        '<Argument name="gain_dataset_filename_1">sub/a&amp;b.tif</Argument>',
        '<MDI key="X_DATASET">sub/a&amp;b.tif</MDI>',
        "<SourceFilename>vrt://{folder}/sub/a&amp;b.tif?bands=1</SourceFilename>",
        '<SourceFilename>NETCDF:"{folder}/sub/a&amp;b.tif":elevation</SourceFilename>',
        "<SourceFilename>GTIFF_DIR:1:{folder}/sub/a&amp;b.tif</SourceFilename>",
        "<SourceFilename>/vsizip/{folder}/sub/a&amp;b.tif/inside/c.tif</SourceFilename>",
        (
            "<SourceFilename>&lt;a&gt;&lt;b&gt;{folder}/sub/a&amp;amp;b.tif"
            "&lt;/b&gt;&lt;/a&gt;</SourceFilename>"
        ),
    ],
)
def test_every_way_to_refer_to_a_file_counts(text: str, tmp_path: Path) -> None:
    touch(tmp_path, "sub/a&b.tif", "sub/commented.tif")
    vrt = tmp_path / "a.vrt"
    comment = '<!-- <SourceFilename relativeToVRT="1">sub/commented.tif</SourceFilename> -->'
    vrt.write_text(
        f"<VRTDataset>{comment}{text.format(folder=tmp_path)}</VRTDataset>", encoding="utf-8"
    )
    assert beside(vrt) == ["sub/a&b.tif"]


def test_names_are_relative_to_the_file_that_a_link_points_to(tmp_path: Path) -> None:
    touch(tmp_path, "store/a.tif")
    write_vrt(tmp_path / "store" / "a.vrt", "a.tif")
    (tmp_path / "a.vrt").symlink_to(tmp_path / "store" / "a.vrt")
    assert beside(tmp_path / "a.vrt") == ["store/a.tif"]


def test_a_folder_is_all_its_files_but_locks(tmp_path: Path) -> None:
    touch(tmp_path, "a.gdb/a00000001.gdbtable", "a.gdb/sub/b", "a.gdb/_gdb.HOST.1.sr.lock")
    assert beside(tmp_path / "a.gdb") == ["a.gdb/a00000001.gdbtable", "a.gdb/sub/b"]


def test_an_envi_header_is_found_by_asking_gdal(tmp_path: Path) -> None:
    shape = {"height": 4, "width": 4, "count": 1, "dtype": "uint8"}
    place = {"crs": "EPSG:32632", "transform": grid_at(4, 4).affine}
    with rasterio.open(tmp_path / "a.bsq", "w", driver="ENVI", **shape, **place) as dataset:
        dataset.write(np.ones((1, 4, 4), dtype=np.uint8))
    assert "a.hdr" in beside(tmp_path / "a.bsq")


def test_folders_are_listed_once(tmp_path: Path, monkeypatch) -> None:
    touch(tmp_path, "a.tif", "b.tif", "b.tfw")
    files = DatasetFiles()
    assert files.beside_all([tmp_path / "a.tif", tmp_path / "b.tif"]) == [tmp_path / "b.tfw"]
    monkeypatch.setattr("os.listdir", None)
    assert files.beside(tmp_path / "b.tif") == (tmp_path / "b.tfw",)


def test_a_shared_file_counts_once_and_never_as_its_own_sibling(tmp_path: Path) -> None:
    touch(tmp_path, "a.tif", "a.tfw")
    vrt = write_vrt(tmp_path / "m.vrt", "a.tif")
    found = DatasetFiles().beside_all([vrt, tmp_path / "a.tif", vrt])
    assert found == [tmp_path / "a.tfw"]


def test_missing_sources_are_found_behind_other_vrts(tmp_path: Path) -> None:
    inner = write_vrt(tmp_path / "inner.vrt", "gone.tif")
    outer = write_vrt(tmp_path / "outer.vrt", "inner.vrt")
    assert find_missing_sources(outer) == [(inner, tmp_path / "gone.tif")]
    touch(tmp_path, "gone.tif")
    assert find_missing_sources(outer) == []


@pytest.mark.parametrize(
    "source", ["PG:dbname=a.b", "https://x.org/a.tif", "/vsicurl/https://x.org/a.tif", "MEM:::a.b"]
)
def test_sources_that_are_no_local_files_are_not_missing(source: str, tmp_path: Path) -> None:
    assert find_missing_sources(write_vrt(tmp_path / "a.vrt", source, 'relativeToVRT="0"')) == []


def test_gdal_counts_no_file_of_the_real_data_that_is_not_found(real_data: Path) -> None:
    files, unlike, compared = DatasetFiles(), {}, 0
    for path in sorted(path for path in real_data.rglob("*") if path.is_file()):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", NotGeoreferencedWarning)
                with rasterio.open(path) as dataset:
                    wanted = {Path(name) for name in dataset.files} - {path}
        except RasterioError:
            continue
        compared += bool(wanted)
        if wanted != set(files.beside(path)):
            unlike[path] = wanted
    assert unlike == {}
    assert compared >= 8


def test_looking_at_a_data_set_writes_nothing_beside_it(tmp_path: Path) -> None:
    """What appeared beside raw files would make every job run again."""
    grid = grid_at(40, 40)
    write_image(tmp_path / "a.tif", grid, np.ones((1, 40, 40), dtype=np.uint8))
    write_polygons(tmp_path / "a.shp", [square(500_000, 5_399_900, 10)], columns={"class": ["x"]})
    shutil.copy(tmp_path / "a.tif", tmp_path / "b.unknown")
    before = sorted(tmp_path.iterdir())
    for path in before:
        DatasetFiles().beside(path)
    assert sorted(tmp_path.iterdir()) == before
