"""The example configurations on the data they are made for, from align to split."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely

from rs_seg.config import OutlineConfig, load_config
from rs_seg.io.outlines import read_outlines
from rs_seg.io.raster import RasterReader
from rs_seg.stages.align import align
from rs_seg.stages.label import label
from rs_seg.stages.outline import outline
from rs_seg.stages.split import split
from rs_seg.values import Window
from rs_seg.values.grid import ground_pixel_size

EXAMPLES = Path(__file__).parents[2] / "config" / "examples"
NLCD = {
    "water": 1334,
    "developed": 19473,
    "barren": 117179,
    "forest": 848057,
    "shrubland": 602583,
    "herbaceous": 5360,
    "cultivated": 9626,
    "wetlands": 7172,
}


def prepare(name, real_data, folder):
    config = load_config(EXAMPLES / f"{name}.yaml").model_copy(update={"data_root": str(real_data)})
    scene = config.labelled_scenes[0]
    image, reference = folder / "image.tif", folder / "reference.tif"
    align(
        config.align,
        config.sources,
        scene,
        inspection=folder / "i",
        images=config.source_paths(scene),
        image=image,
    )
    label(
        config.label,
        config.class_names,
        image=image,
        labels=config.label_path(scene),
        reference=reference,
    )
    return config, image, reference


def count(config, reference):
    with RasterReader(reference) as reader:
        codes = reader.read_codes(Window(0, 0, reader.height, reader.width))
    return {each.name: int(np.count_nonzero(codes == each.code)) for each in config.class_names}


def test_the_buildings_of_banepa_are_objects_one_by_one(real_data, tmp_path):
    config = load_config(EXAMPLES / "buildings.yaml").model_copy(
        update={"data_root": str(real_data)}
    )
    scene = config.labelled_scenes[0]
    outlines = tmp_path / "objects.gpkg"
    (image,) = config.source_paths(scene)
    outline(
        OutlineConfig(smallest=10),
        config.label,
        config.class_names,
        config.object_names,
        image=image,
        labels=config.label_path(scene),
        outlines=outlines,
    )
    with RasterReader(image) as reader:
        objects = read_outlines(outlines, reader.grid)
    reasons, counts = np.unique(objects.ignored, return_counts=True)
    assert dict(zip(reasons.tolist(), counts.tolist(), strict=True)) == {
        "": 1401,
        "cut": 53,
        "small": 12,
    }
    share = shapely.union_all(objects.shapes).intersection(
        shapely.box(0, 0, reader.width, reader.height)
    )
    assert share.area / (reader.width * reader.height) == pytest.approx(0.453, abs=0.001)


@pytest.mark.slow
def test_landsat_labels_are_those_of_the_reference_count(real_data, tmp_path):
    config, image, reference = prepare("landcover", real_data, tmp_path)
    assert count(config, reference) == NLCD
    with RasterReader(image) as reader:
        assert reader.bands == ("blue", "green", "red", "nir")
        assert reader.dtype == np.uint16


@pytest.mark.slow
def test_banepa_buildings_cover_what_is_known(real_data, tmp_path):
    config, image, reference = prepare("buildings", real_data, tmp_path)
    counts = count(config, reference)
    assert counts["building"] / sum(counts.values()) == pytest.approx(0.453, abs=5e-4)
    with RasterReader(image) as reader:
        assert ground_pixel_size(reader.grid) == pytest.approx(0.132, abs=5e-4)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "train"), [("buildings", 0.45), ("landcover", 0.4)])
def test_every_role_of_an_example_has_every_class_and_training_keeps_enough(
    real_data, tmp_path, name, train
):
    config, _, reference = prepare(name, real_data, tmp_path)
    plan = tmp_path / "split.json"
    split(
        config.split, config.learners, config.class_names, config.labelled_scenes, {}, {},
        config.seed, 1, (),
        references=[reference], areas=[], blocks=tmp_path / "blocks.gpkg", split=plan,
    )  # fmt: skip
    import json

    pixels = json.loads(plan.read_text())["class_pixels"]
    assert all(number > 0 for counts in pixels.values() for number in counts.values())
    total = sum(count(config, reference).values())
    assert sum(pixels["train"].values()) / total > train
    assert sum(pixels["test"].values()) / total == pytest.approx(config.split.test, abs=0.04)
