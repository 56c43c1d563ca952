"""A full disk is told with its room, whatever is being written; nothing half-written stays."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely

from rs_seg.cli.execute import execute
from rs_seg.cli.full_disks import explain_full_disk, telling_of_full_disks
from rs_seg.cli.signature import signature_of
from rs_seg.config import RunConfig, load_config, write_config
from rs_seg.errors import UserError
from rs_seg.io.layers import ScenePolygons, write_layers
from rs_seg.io.raster import RasterReader, create_raster
from rs_seg.io.staging import staged
from rs_seg.io.strips import StripStore
from rs_seg.io.wholeness import check_whole
from rs_seg.testing import grid_at
from rs_seg.values.grid import whole
from rs_seg.values.texts import write_csv
from tests.small_disk import leave_free, small_disk

ROOT = Path(__file__).parents[2]
NOISE = np.random.default_rng(0)
PIXELS = NOISE.integers(0, 255, (2, 512, 512), dtype=np.uint8)
POINTS = geopandas.GeoDataFrame(
    {"a": range(5000)}, geometry=shapely.points(NOISE.random((5000, 2))), crs="EPSG:32632"
)


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with small_disk(tmp_path_factory.mktemp("disk") / "small", "2m") as folder:
        yield folder


def write_tiff(path: Path) -> None:
    with create_raster(
        path, grid_at(512, 512), dtype="uint8", bands=["a", "b"], nodata=0
    ) as dataset:
        for row in range(0, 512, 100):
            end = min(512, row + 100)
            dataset.write(PIXELS[:, row:end], window=((row, end), (0, 512)))


def write_shapefile(path: Path) -> None:
    POINTS.to_file(path)


def write_geopackage(path: Path) -> None:
    part = ScenePolygons(grid_at(512, 512), np.asarray(POINTS.geometry), {"a": range(len(POINTS))})
    write_layers(path, {"points": [part]})


def write_png(path: Path) -> None:
    import matplotlib.image

    matplotlib.image.imsave(path, NOISE.random((300, 300)))


def write_safetensors(path: Path) -> None:
    from safetensors.numpy import save

    path.write_bytes(save({"weights": NOISE.random(100_000)}))


def write_checkpoint(path: Path) -> None:
    import torch

    torch.save({"weights": torch.rand(100_000)}, path)


def write_parquet(path: Path) -> None:
    POINTS.to_parquet(path)


WRITERS: dict[str, Callable[[Path], None]] = {
    "a.tif": write_tiff,
    "a.gpkg": write_geopackage,
    "a.shp": write_shapefile,
    "a.fgb": lambda path: POINTS.to_file(path, driver="FlatGeobuf"),
    "a.parquet": write_parquet,
    "a.png": write_png,
    "a.safetensors": write_safetensors,
    "a.ckpt": write_checkpoint,
    "a.csv": lambda path: write_csv(path, ["name"], [["x" * 50]] * 4000),
    "a.json": lambda path: path.write_text("x" * 200_000) and None,
}


def run_stage(write: Callable[[Path], None], output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stage of one output that writes it in this way."""

    def stage(config, network, class_names, *, probabilities, members, uncertainty) -> None:
        write(uncertainty)

    monkeypatch.setattr(
        "rs_seg.cli.execute.signature_of",
        lambda _: replace(signature_of("uncertainty"), function=stage),
    )
    monkeypatch.chdir(ROOT)
    files = {"probabilities": ROOT / "LICENSE", "members": [], "uncertainty": output}
    execute(
        "uncertainty",
        load_config(Path("config/config.yaml")),
        files=files,
        branches={"network": "unet"},
    )


@pytest.mark.parametrize("name", WRITERS)
def test_whatever_is_written_a_full_disk_is_named_with_its_room(
    name: str, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filler = leave_free(disk, 60)
    with pytest.raises(UserError, match="outputs cannot be written") as caught:
        run_stage(WRITERS[name], disk / "out" / name, monkeypatch)
    said = str(caught.value)
    assert str(disk / "out" / name) in said
    assert "of 2.1 MB are free on the disk of" in said
    assert "make room" in said
    assert list((disk / "out").iterdir()) == []
    filler.unlink()
    run_stage(WRITERS[name], disk / "out" / name, monkeypatch)
    assert (disk / "out" / name).stat().st_size > 60 * 1024
    for path in (disk / "out").iterdir():
        path.unlink()


@pytest.mark.parametrize("free", range(8, 560, 60))
def test_a_raster_is_whole_or_absent_however_much_room_there_was(free: int, disk: Path) -> None:
    """GDAL writes the last blocks when a file is closed; rasterio ignores it where that fails."""
    filler = leave_free(disk, free)
    path = disk / "raster" / "a.tif"
    faults: list[str] = []
    try:
        with staged({"raster": path}) as written:
            write_tiff(written["raster"])
    except OSError as error:
        faults = [str(error)]
    filler.unlink()
    assert path.exists() == (not faults)
    assert not faults or "Write failed" in faults[0]
    if path.exists():
        with RasterReader(path) as reader:
            np.testing.assert_array_equal(reader.read(whole(reader.grid)), PIXELS)
        path.unlink()


def test_bands_of_rows_are_whole_or_absent(disk: Path) -> None:
    store = StripStore(disk / "strips", grid_at(512, 512), ("a", "b"), nodata=255)
    leave_free(disk, 100)
    with pytest.raises(OSError, match="Write failed"):
        store.write(0, PIXELS)
    (disk / "filler").unlink()
    assert not store.has(0, 512)
    store.write(0, PIXELS)
    assert store.has(0, 512)
    for path in store.folder.iterdir():
        path.unlink()


def write_with_little_room(run: RunConfig, path: Path) -> None:
    with telling_of_full_disks([path]):
        write_config(run, path)


def test_a_configuration_for_which_there_is_no_room_leaves_the_old_one(disk: Path) -> None:
    run = load_config(ROOT / "config/config.yaml")
    path = disk / "config.yaml"
    path.write_text("old")
    leave_free(disk, 0)
    with pytest.raises(
        UserError, match=r"config\.yaml: outputs cannot be written\. Found: .* 0 bytes of 2\.1 MB"
    ):
        write_with_little_room(run, path)
    assert path.read_text() == "old"
    assert sorted(each.name for each in disk.iterdir() if each.is_file()) == [
        "config.yaml",
        "filler",
    ]
    (disk / "filler").unlink()


def test_a_command_whose_log_finds_no_room_ends_with_one_paragraph(disk: Path) -> None:
    leave_free(disk, 0)
    command = [
        sys.executable,
        "-m",
        "rs_seg",
        "split",
        "--config",
        "config/config.yaml",
        "--fold",
        "1",
    ]
    files = [
        f"--blocks={disk}/blocks.gpkg",
        f"--split={disk}/split.json",
        f"--log={disk}/logs/split.log",
    ]
    run = subprocess.run([*command, *files], cwd=ROOT, capture_output=True, text=True, check=False)
    (disk / "filler").unlink()
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    assert "outputs cannot be written" in run.stderr
    assert "0 bytes of 2.1 MB are free" in run.stderr


def test_what_is_no_error_of_writing_is_not_put_down_to_a_full_disk(disk: Path) -> None:
    leave_free(disk, 0)
    assert explain_full_disk(KeyError("scene"), [disk / "a"]) is None
    assert explain_full_disk(RuntimeError("cannot write"), [disk / "a"]) is not None
    (disk / "filler").unlink()
    assert explain_full_disk(RuntimeError("cannot write"), [disk / "a"]) is None


def test_whole_files_are_taken_as_whole(tmp_path: Path) -> None:
    write_tiff(tmp_path / "a.tif")
    write_shapefile(tmp_path / "a.shp")
    check_whole(tmp_path)
    for name in ("a.tif", "a.shp", "a.shx", "a.dbf"):
        content = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(content[:-40])
        with pytest.raises(OSError, match="was cut off"):
            check_whole(tmp_path)
        (tmp_path / name).write_bytes(content)
