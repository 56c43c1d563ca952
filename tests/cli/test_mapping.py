"""`rs-seg map` writes the configuration of a run from a model and images, or says what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import yaml
from PIL import Image

from rs_seg.cli import mapping
from rs_seg.cli.mapping import Launch, map_images, name_scenes
from rs_seg.config import RunConfig, load_config
from rs_seg.errors import UserError
from rs_seg.testing import grid_at, write_image
from tests.cli.test_model_settings import NAMES, given_model

ODD = ['<x> "q" $a_$', "_t", "ä;b & c", "-dash"]


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[dict[str, Any]]:
    """What the workflow was asked for, instead of a run of it."""
    monkeypatch.chdir(tmp_path)
    asked: list[dict[str, Any]] = []

    def run_workflow(config: Path, **options: Any) -> int:
        asked.append({"config": load_config(config), "folder": Path.cwd(), **options})
        return 0

    monkeypatch.setattr(mapping, "run_workflow", run_workflow)
    monkeypatch.setenv(mapping.TYPED_IN, "")  # is set by the command, and taken back after the test
    return asked


def image_at(path: Path, *, bands: tuple[str, ...] | None = None, **changes: Any) -> Path:
    """An image of three bands and 0.5 m."""
    path.parent.mkdir(parents=True, exist_ok=True)
    grid = grid_at(20, 30, **{"pixel": 0.5, **changes})
    count = 3 if bands is None else len(bands)
    return write_image(path, grid, np.ones((count, 20, 30), np.uint8), bands=bands)


def map_files(model: Path, *images: Path, out: str = "out", **changes: Any) -> int:
    launch = {"cores": "all", "dry_run": False, "verbose": False}
    launch |= {key: changes.pop(key) for key in launch if key in changes}
    options: dict[str, Any] = {"refinements": [], "ungeoreferenced": None, "trust": False}
    return map_images(
        model, images, out=Path(out), launch=Launch(**launch), **{**options, **changes}
    )


def test_a_run_has_the_model_its_legend_and_all_images(
    runs: list[dict[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = given_model(tmp_path / "model.safetensors", network={"name": "my net"})
    images = [image_at(tmp_path / "images" / f"{name}.tif") for name in ODD]
    assert map_files(model, *images, cores="3", verbose=True) == 0
    (asked,) = runs
    run: RunConfig = asked["config"]
    assert asked["folder"] == tmp_path / "out"
    assert asked["cores"] == "3"
    assert [scene.name for scene in run.scenes] == ODD
    assert [path for scene in run.scenes for path in run.source_paths(scene)] == images
    assert run.given_models == {"my_net": str(model)}
    assert run.class_names.names == NAMES
    assert run.maps == (("my_net", "markov"),)  # a forest
    assert run.vectorize.minimum_area == "auto"
    assert run.title == "out"
    assert f"map: {tmp_path}/out/results/deliver/map.qgz" in capsys.readouterr().out


def test_the_same_files_give_the_same_configuration_from_any_folder(
    runs: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, image = given_model(tmp_path / "model.safetensors"), image_at(tmp_path / "a" / "x.tif")
    map_files(model.relative_to(tmp_path), image.relative_to(tmp_path))
    written = (tmp_path / "out" / "map.yaml").read_bytes()
    monkeypatch.chdir(tmp_path / "a")
    map_files(Path("../model.safetensors"), Path("x.tif"), Path("../a/x.tif"), out="../out")
    assert (tmp_path / "out" / "map.yaml").read_bytes() == written


def test_refinements_and_trust_are_those_asked_for(
    runs: list[dict[str, Any]], tmp_path: Path
) -> None:
    model, image = given_model(tmp_path / "model.safetensors"), image_at(tmp_path / "x.tif")
    map_files(model, image, refinements=["densecrf", "markov"], trust=True, dry_run=True)
    (asked,) = runs
    assert list(asked["config"].refinements) == ["densecrf", "markov"]
    assert asked["config"].unlike_values == "warn"
    assert asked["options"] == ["--dry-run"]
    with pytest.raises(UserError, match="dense_crf"):
        map_files(model, image, out=str(tmp_path / "other"), refinements=["dense_crf"])
    assert not (tmp_path / "other").exists()


def test_a_detector_gives_objects(runs: list[dict[str, Any]], tmp_path: Path) -> None:
    model = given_model(tmp_path / "trees.safetensors", ("tree",), kind="detector")
    image = image_at(tmp_path / "x.tif")
    map_files(model, image)
    run = runs[0]["config"]
    assert (list(run.detectors), run.models, run.maps) == (["detector"], {}, ())
    assert run.object_names.names == ("tree",)
    with pytest.raises(UserError, match="--refinement has no effect on a detector"):
        map_files(model, image, refinements=["argmax"])


def test_bands_are_found_by_name_and_else_by_order_with_a_word(
    runs: list[dict[str, Any]], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = given_model(tmp_path / "model.safetensors")
    named = image_at(tmp_path / "named.tif", bands=("nir", "blue", "green", "red"))
    with caplog.at_level("INFO"):
        map_files(model, named)
        assert "order" not in caplog.text
        map_files(model, named, image_at(tmp_path / "x.tif", bands=("", "", "")))
    assert "x.tif: does not name its bands, so they are taken in the order of the model" in (
        caplog.text
    )
    assert "band 1 is red, band 2 is green, band 3 is blue" in caplog.text
    assert len(runs) == 2


def picture(path: Path) -> Path:
    Image.new("RGB", (32, 32)).save(path)
    return path


def without_crs(path: Path) -> Path:
    with rasterio.open(image_at(path)) as dataset:
        pixels, profile = dataset.read(), dataset.profile
    with rasterio.open(path, "w", **{**profile, "crs": None}) as dataset:
        dataset.write(pixels)
    return path


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda path: path, "file is missing"),
        (without_crs, r"raster has no CRS.*gdal_edit.py -a_srs"),
        (picture, r"raster has no georeference.*mapped in pixels.*--ungeoreferenced pixels"),
        (
            lambda path: image_at(path, bands=("", "")),
            r"the bands of the image are not those of the model.*3 bands: red, green, blue",
        ),
        (
            lambda path: image_at(path, bands=("blue", "green", "swir")),
            r"the bands of the image are not those of the model.*band 1 is described as 'blue'",
        ),
        (
            lambda path: image_at(path, pixel=0.25),
            r"Found: 0.2501 m on the ground.*gdalwarp -tr 0\.499801 0\.499801",
        ),
    ],
)
def test_images_that_the_model_does_not_fit_are_told_together_and_nothing_is_written(
    make: Any, told: str, runs: list[dict[str, Any]], tmp_path: Path
) -> None:
    model = given_model(tmp_path / "model.safetensors")
    paths = [make(tmp_path / name) for name in ("one.tif", "two.tif")]
    with pytest.raises(UserError, match=told) as refusal:
        map_files(model, *paths)
    assert all(str(path) in str(refusal.value) for path in paths)
    assert runs == []
    assert not (tmp_path / "out").exists()


def test_pictures_are_mapped_in_pixels_where_that_is_asked_for(
    runs: list[dict[str, Any]], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = given_model(tmp_path / "model.safetensors")
    paths = [picture(tmp_path / name) for name in ("Zürich 1.png", "two.jpg")]
    map_files(model, *paths, ungeoreferenced="pixels", dry_run=True)  # looks at the pixels, too
    run = runs[0]["config"]
    assert run.align.ungeoreferenced == "pixels"
    assert [scene.name for scene in run.scenes] == ["Zürich 1", "two"]
    assert "nothing says how large those of pictures" in caplog.text


def test_a_model_of_photographs_takes_images_without_a_place_for_pictures(
    runs: list[dict[str, Any]], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = given_model(tmp_path / "model.safetensors", resolution_m=None)
    map_files(model, picture(tmp_path / "x.png"))
    map_files(model, image_at(tmp_path / "x.tif"))
    assert [asked["config"].align.ungeoreferenced for asked in runs] == ["pixels", "error"]
    assert "nothing says how large" not in caplog.text
    with pytest.raises(UserError, match="raster has no georeference"):
        map_files(model, picture(tmp_path / "x.png"), ungeoreferenced="error")


def test_images_with_and_without_a_place_are_not_mapped_together(
    runs: list[dict[str, Any]], tmp_path: Path
) -> None:
    model = given_model(tmp_path / "model.safetensors", resolution_m=None)
    nowhere, placed = picture(tmp_path / "x.png"), image_at(tmp_path / "y.tif")
    with pytest.raises(UserError, match=r"x\.png.*has no georeference.*apart from images with"):
        map_files(model, nowhere, placed)
    with pytest.raises(UserError, match=r"y\.tif.*has a place.*leave --ungeoreferenced out"):
        map_files(model, nowhere, placed, ungeoreferenced="pixels")
    assert runs == []


def test_a_model_that_is_missing_or_none_is_told(tmp_path: Path, runs: Any) -> None:
    image = image_at(tmp_path / "x.tif")
    with pytest.raises(UserError, match=r"file is missing.*a model file"):
        map_files(tmp_path / "none.safetensors", image)
    with pytest.raises(UserError, match="not a model file"):
        map_files(image, image)


def test_names_of_scenes_are_unique_and_first_ones_stay() -> None:
    paths = [Path(place) for place in ("a/x.tif", "b/x.tif", "c/X.jp2", "d/b/x.vrt", "e/.tif")]
    names = list(name_scenes(paths))
    assert names == ["x", "b x", "c X", "x 2", "tif"]
    assert list(name_scenes(paths[:2])) == names[:2]
    assert list(name_scenes([Path("{}.tif"), Path("..tif"), Path("a|b.tif")])) == [
        "__",
        "scene 2",
        "a_b",
    ]


def test_what_is_written_is_a_configuration_for_people(
    runs: list[dict[str, Any]], tmp_path: Path
) -> None:
    map_files(given_model(tmp_path / "model.safetensors"), image_at(tmp_path / "x.tif"))
    text = (tmp_path / "out" / "map.yaml").read_text(encoding="utf-8")
    assert text.startswith("# Written by `rs-seg map`")
    assert list(yaml.safe_load(text))[:3] == ["title", "unlike_values", "results"]
