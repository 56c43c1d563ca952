"""A configuration with a given model need not say what the model file knows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from rs_seg.cli.completing import complete_settings
from rs_seg.cli.scenes import make_table
from rs_seg.cli.settings_faults import find_model_faults
from rs_seg.config import RunConfig, dump_config, load_config, parse_config
from rs_seg.errors import UserError
from rs_seg.io.model import write_model
from rs_seg.io.model_description import ModelDescription, Normalisation
from rs_seg.testing import grid_at, write_image
from rs_seg.values import ClassName, ClassNames
from rs_seg.values.palette import OUTSIDE
from tests.config.test_load import changed

NAMES = ("other", "Dach & <Fach>", "_t")


def given_model(path: Path, names: tuple[str, ...] = NAMES, **changes: Any) -> Path:
    """A model file of three bands, without tensors."""
    classes = ClassNames(
        tuple(ClassName(code=3 * code, name=name) for code, name in enumerate(names))
    )
    fields: dict[str, Any] = {
        "kind": "forest",
        "network": {},
        "bands": ("red", "green", "blue"),
        "normalisation": (Normalisation(mean=0, std=1),) * 3,
        "resolution_m": 0.5,
        "classes": classes,
        "window": 32,
        "seed": 0,
        "rs_seg_version": "0",
        **changes,
    }
    write_model(path, ModelDescription(**fields), {})
    return path


def load(folder: Path, **changes: Any) -> RunConfig:
    values = changed(
        label=None, models={"given": {"model": str(folder / "model.safetensors")}}, **changes
    )
    path = folder / "my.yaml"
    without = {key: value for key, value in values.items() if value is not None}
    path.write_text(yaml.safe_dump(without), encoding="utf-8")
    return load_config(path, complete=complete_settings)


def test_a_missing_legend_is_that_of_the_model(tmp_path: Path) -> None:
    given_model(tmp_path / "model.safetensors")
    run = load(tmp_path, legend=None)
    assert [(each.code, each.name) for each in run.legend] == [
        (0, NAMES[0]),
        (3, NAMES[1]),
        (6, "_t"),
    ]
    assert find_model_faults(run) == []
    assert run.legend.root[0].color == OUTSIDE
    assert len({each.color for each in run.legend}) == 3


def test_the_resolved_configuration_needs_no_model(tmp_path: Path) -> None:
    given_model(tmp_path / "model.safetensors")
    run = load(tmp_path, legend=None)
    assert parse_config(yaml.safe_load(dump_config(run))).legend == run.legend


def test_the_only_source_without_bands_has_those_of_the_model(tmp_path: Path) -> None:
    given_model(tmp_path / "model.safetensors")
    photo = {"path": "{scene}.tif"}
    assert load(tmp_path, sources={"photo": photo}).bands == ("red", "green", "blue")
    two = {"photo": photo, "more": {"path": "{scene}_b.tif", "bands": ["green"]}}
    assert load(tmp_path, sources=two).sources["photo"].bands == ("red", "blue")


def test_two_sources_without_bands_cannot_share_those_of_the_model(tmp_path: Path) -> None:
    given_model(tmp_path / "model.safetensors")
    with pytest.raises(UserError, match=r"sources\.more\.bands"):
        load(tmp_path, sources={"photo": {"path": "a.tif"}, "more": {"path": "b.tif"}})


def test_a_legend_that_is_given_stays_and_contradicts(tmp_path: Path) -> None:
    given_model(tmp_path / "model.safetensors")
    run = load(tmp_path)
    assert run.class_names.names == ("background", "building")
    (fault,) = find_model_faults(run)
    assert "the classes of the model are not those of the legend" in str(fault)


def test_a_model_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"model\.safetensors: file is missing") as refusal:
        load(tmp_path, legend=None)
    assert "the model file of models.given, for want of legend" in str(refusal.value)


def test_a_detector_of_one_class_gets_a_class_for_all_else(tmp_path: Path) -> None:
    path = given_model(tmp_path / "trees.safetensors", ("tree",), kind="detector")
    values = changed(label=None, models={}, detectors={"trees": {"model": str(path)}})
    del values["legend"]
    run = parse_config(values, complete=complete_settings)
    assert [(each.code, each.name) for each in run.legend] == [(1, "other"), (0, "tree")]
    assert run.object_names.names == ("tree",)
    assert find_model_faults(run) == []


def test_without_a_given_model_the_setting_is_missing_as_ever() -> None:
    values = changed()
    del values["legend"]
    with pytest.raises(UserError, match="key legend"):
        parse_config(values, complete=complete_settings)


def test_a_scene_table_can_be_made_of_a_configuration_that_leaves_bands_to_its_model(
    tmp_path: Path,
) -> None:
    model = given_model(tmp_path / "model.safetensors")
    write_image(tmp_path / "a.tif", grid_at(8, 8), np.ones((3, 8, 8), np.uint8))
    values = {
        "data_root": str(tmp_path),
        "sources": {"photo": {"path": "{scene}.tif"}},
        "models": {"given": {"model": str(model)}},
    }
    path = tmp_path / "my.yaml"
    path.write_text(yaml.safe_dump(values))
    make_table(path, tmp_path / "scenes.csv", 1)
    assert "a,false" in (tmp_path / "scenes.csv").read_text()


def test_bands_of_dates_are_those_of_one_date(tmp_path: Path) -> None:
    bands = ("red@1", "nir@1", "day_s2@1", "red@2", "nir@2", "day_s2@2", "height")
    given_model(
        tmp_path / "model.safetensors",
        bands=bands,
        normalisation=(Normalisation(mean=0, std=1),) * len(bands),
        features=("median(nir / red) + height",),
    )
    for day in ("20200301", "20200401", "20200501"):
        (tmp_path / f"north_{day}.tif").touch()
    sources = {
        "s2": {"path": "{scene}_{date}.tif"},
        "dsm": {"path": "{scene}_dsm.tif", "bands": ["height"]},
    }
    run = load(tmp_path, sources=sources, legend=None, scenes=["north"], data_root=str(tmp_path))
    assert run.sources["s2"].bands == ("red", "nir")
    assert run.sources["s2"].slots == 3
    assert find_model_faults(run) == []
