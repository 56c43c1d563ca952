"""Faults that show before the first job: all at once, each once, in the order of the scenes."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import yaml

from rs_seg.cli import scene_looks
from rs_seg.cli.checking import Findings, find_all_faults
from rs_seg.cli.settings_faults import try_models
from rs_seg.config import RunConfig, parse_config
from rs_seg.errors import UserError, UserErrors
from rs_seg.io.model import write_model
from rs_seg.io.model_description import ModelDescription, Normalisation
from rs_seg.testing import grid_at, square, write_image, write_polygons
from rs_seg.values import ClassName, ClassNames
from rs_seg.values.roles import ROLES

LEGEND = [
    {"code": 1, "name": "field", "color": "#dddddd"},
    {"code": 2, "name": "wood", "color": "#207020"},
]


class Inputs:
    """Sound inputs of three scenes side by side, in a folder, and a configuration of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for number in range(3):
            self.write(f"s{number}", left=500_000.0 + 100 * number)
        fields = [square(500_010 + 100 * number, 5_399_900, 30) for number in range(3)]
        write_polygons(
            folder / "labels.gpkg", fields, columns={"class": ["field", "wood", "field"]}
        )
        self.values: dict[str, Any] = {
            "data_root": str(folder),
            "results": str(folder / "results"),
            "scenes": ["s0", "s1", "s2"],
            "sources": {"photo": {"path": "{scene}.tif", "bands": ["red", "green"]}},
            "label": {"path": "labels.gpkg"},
            "legend": LEGEND,
            "models": {"unet": {"architecture": "unet"}},
            "refinements": {"argmax": {"method": "argmax"}},
        }

    def write(self, scene: str, *, left: float) -> None:
        pixels = np.random.default_rng(1).integers(1, 255, (2, 50, 50)).astype(np.uint8)
        write_image(self.folder / f"{scene}.tif", grid_at(50, 50, left=left), pixels)

    def run(self, **changes: Any) -> RunConfig:
        return parse_config({**self.values, **changes})

    def find(self, *names: str, limit: float | None = None, **changes: Any) -> Findings:
        run = self.run(**changes)
        chosen = [run.scene(name) for name in names or [scene.name for scene in run.scenes]]
        return find_all_faults(run, chosen, limit=limit)

    def faults(self, *names: str, **changes: Any) -> list[str]:
        return [str(fault) for fault in self.find(*names, **changes).faults]

    def write_model(self, **changes: Any) -> str:
        description: dict[str, Any] = {
            "kind": "convolutional",
            "network": {},
            "bands": ("red", "green"),
            "normalisation": (Normalisation(mean=0, std=1), Normalisation(mean=0, std=1)),
            "resolution_m": 2.0,
            "classes": ClassNames(
                tuple(ClassName(code=each["code"], name=each["name"]) for each in LEGEND)
            ),
            "window": 64,
            "seed": 0,
            "rs_seg_version": "0",
        }
        path = self.folder / "given.safetensors"
        write_model(path, ModelDescription(**{**description, **changes}), {"tensor": np.zeros(1)})
        return str(path)


@pytest.fixture
def inputs(tmp_path: Path) -> Inputs:
    return Inputs(tmp_path)


def test_sound_inputs_have_neither_faults_nor_warnings(inputs: Inputs) -> None:
    assert inputs.find() == Findings((), ())


def test_a_fault_of_a_shared_label_file_is_told_once(inputs: Inputs) -> None:
    (fault,) = inputs.faults(label={"path": "labels.gpkg", "column": "klass"})
    assert "labels have no such column" in fault


def test_a_missing_file_is_told_once_and_not_as_one_that_cannot_be_opened(inputs: Inputs) -> None:
    (inputs.folder / "s1.tif").unlink()
    (inputs.folder / "s2.tif").write_bytes(b"no raster")
    missing, broken = inputs.faults()
    assert "s1.tif: file is missing" in missing
    assert "s2.tif: raster cannot be opened" in broken


def test_a_source_behind_vrts_that_is_missing_is_named(inputs: Inputs) -> None:
    text = '<VRTDataset><SourceFilename relativeToVRT="1">{}</SourceFilename></VRTDataset>'
    (inputs.folder / "s1.vrt").write_text(text.format("inner.vrt"), encoding="utf-8")
    (inputs.folder / "inner.vrt").write_text(text.format("gone.tif"), encoding="utf-8")
    said = inputs.faults(
        "s1", scenes=["s1"], sources={"photo": {"path": "{scene}.vrt", "bands": ["red", "green"]}}
    )
    assert (
        f"{inputs.folder / 'gone.tif'}: file is missing. Found: {inputs.folder / 'inner.vrt'} "
        f"refers to it." in said[0]
    )
    assert "scene 's1', sources.photo" in said[0]


def test_folders_that_cannot_be_used_are_told_once(inputs: Inputs) -> None:
    (inputs.folder / "a file").touch()
    (root,) = inputs.faults(data_root=str(inputs.folder / "nowhere"))
    assert f"{inputs.folder / 'nowhere'}: folder of the data is missing" in root
    (results,) = inputs.faults(results=str(inputs.folder / "a file" / "results"))
    assert f"{inputs.folder / 'a file'}: results cannot be made here. Found: a file." in results


@pytest.mark.parametrize(
    ("changes", "setting"),
    [
        ({"align": {"crs": "EPGS:32632"}}, "align.crs"),
        (
            {
                "sources": {
                    "photo": {"path": "{scene}.tif", "bands": ["red", "green"], "crs": "EPSG:1"}
                }
            },
            "sources.photo.crs",
        ),
        ({"label": {"path": "labels.gpkg", "crs": "WGS84 UTM"}}, "label.crs"),
    ],
)
def test_a_misspelt_crs_is_told_once_at_its_setting(
    changes: Any, setting: str, inputs: Inputs
) -> None:
    faults = inputs.faults(**changes)
    assert len(faults) == 1
    assert faults[0].startswith(f"{setting}: unknown CRS")


@pytest.mark.parametrize(
    ("network", "words"),
    [
        ({"encoder": "resnet81"}, ["models.unet: unknown encoder", "'resnet81'", "resnet18"]),
        ({"encoder": "tu-convnext_tinny"}, ["unknown encoder", "tu-convnext_tiny"]),
        (
            {"weights": "imagenett"},
            ["models.unet, encoder resnet18: unknown weights", "did you mean 'imagenet'?"],
        ),
        (
            {"architecture": "dpt", "encoder": "resnet18"},
            ["models.unet, dpt with encoder resnet18: network cannot be"],
        ),
        ({"decoder_channels": [16, 8]}, ["decoder_channels does not fit the architecture"]),
        ({"weights": "encoder.pth"}, ["models.unet", "encoder.pth: weights cannot be read"]),
    ],
)
def test_a_network_that_cannot_be_built_is_told(
    network: Any, words: list[str], inputs: Inputs, monkeypatch
) -> None:
    monkeypatch.chdir(inputs.folder)
    (inputs.folder / "encoder.pth").write_bytes(b"no weights")
    (fault,) = try_models(inputs.run(models={"unet": {"architecture": "unet", **network}}))
    assert [word for word in words if word not in str(fault)] == []


def test_a_misspelt_encoder_is_told_once_for_all_seeds_beside_other_faults(inputs: Inputs) -> None:
    (inputs.folder / "s1.tif").write_bytes(b"no raster")
    networks = {"unet": {"architecture": "unet", "encoder": "resnet81", "seeds": [1, 2]}}
    encoder, raster = inputs.faults("s0", "s1", models=networks)
    assert "models.unet_seed1: unknown encoder" in encoder
    assert "s1.tif" in raster


def test_networks_that_can_be_built_have_no_fault(inputs: Inputs) -> None:
    networks = {
        "a": {"architecture": "dpt"},
        "b": {"architecture": "swin_unet_convolutional"},
        "c": {"architecture": "unet", "encoder": "mobilenet_v2", "weights": "imagenet"},
        "d": {
            "architecture": "unet",
            "encoder": "tu-mobilenetv3_small_050",
            "weights": "imagenet",
            "seeds": [1, 2],
        },
        "e": {"architecture": "fcn8s", "width": 8},
    }
    assert try_models(inputs.run(models=networks)) == []


def test_a_given_model_of_other_bands_classes_and_pixels_is_told(inputs: Inputs) -> None:
    changes = {"label": None, "models": {"given": {"model": inputs.write_model()}}}
    assert inputs.faults(**changes) == []
    other = ClassNames((ClassName(code=1, name="field"), ClassName(code=2, name="water")))
    inputs.write_model(bands=("red", "nir"), classes=other, resolution_m=0.5)
    bands, classes, pixels = inputs.faults(**changes)
    assert "models.given.model" in bands
    assert "the image lacks bands of the model" in bands
    assert (
        "the classes of the model are not those of the legend. Found: 1 field, 2 water." in classes
    )
    assert "scene s0 and 2 more: the pixels of the image differ in size" in pixels


def test_a_file_that_is_no_model_is_told(inputs: Inputs) -> None:
    (inputs.folder / "m.safetensors").write_bytes(b"x")
    networks = {"given": {"model": str(inputs.folder / "m.safetensors")}}
    (fault,) = inputs.faults(label=None, models=networks)
    assert "not a model file that rs_seg can read" in fault


def test_labelled_scenes_on_the_same_ground_are_told_whichever_is_new(inputs: Inputs) -> None:
    inputs.write("s2", left=500_002.0)
    for names in ((), ("s0",), ("s2",)):
        faults = inputs.faults(*names)
        assert any(
            fault.startswith("scenes s0 and s2: two labelled scenes lie on the same ground")
            for fault in faults
        )
    assert not any("same ground" in fault for fault in inputs.faults("s1"))


def test_scenes_of_a_split_of_others_may_share_ground(inputs: Inputs) -> None:
    inputs.write("s2", left=500_002.0)
    roles = [{"name": f"s{number}", "role": role} for number, role in enumerate(ROLES)]
    assert any("same ground" in str(fault) for fault in inputs.find(scenes=roles).faults)
    stated = inputs.find(scenes=roles, protocol={"split": "official"})
    assert not [fault for fault in stated.faults if "same ground" in str(fault)]


def test_scenes_that_may_share_no_labelled_pixel_are_a_warning(inputs: Inputs) -> None:
    inputs.write("s1", left=500_060.0)
    inputs.write("s2", left=500_200.0)
    findings = inputs.find()
    assert findings.faults == ()
    assert findings.warnings[0].startswith("labelled scenes s0 and s1 overlap by 4,0")
    assert len(findings.warnings) == 1


def test_the_same_ground_twice_without_labels_is_a_warning(inputs: Inputs) -> None:
    inputs.write("s1", left=500_000.0)
    findings = inputs.find(label=None, models={"given": {"model": inputs.write_model()}})
    assert findings.faults == ()
    (warning,) = [text for text in findings.warnings if "the model was trained on" not in text]
    assert warning.startswith("2 scenes lie on the same ground, with the same grid: s0, s1;")


def test_processes_find_the_same_in_the_same_order(inputs: Inputs, monkeypatch) -> None:
    for number in range(3, 24):
        inputs.write(f"s{number}", left=500_000.0 + 100 * number)
        (inputs.folder / f"s{number}.tif").write_bytes(b"no raster" * (number % 3))
    inputs.write("s20", left=500_000.0)
    changes = {"scenes": [f"s{number}" for number in range(24)]}
    alone = inputs.find(**changes)
    monkeypatch.setattr(scene_looks, "thread_count", lambda: 2)
    together = inputs.find(limit=60, **changes)
    assert [str(fault) for fault in together.faults] == [str(fault) for fault in alone.faults]
    assert together.warnings == alone.warnings
    assert sum("cannot be opened" in str(fault) for fault in alone.faults) == 20


def test_a_scene_that_takes_too_long_has_that_fault(inputs: Inputs) -> None:
    findings = inputs.find("s1", limit=0.01)  # a process needs longer to start
    (fault,) = map(str, findings.faults)
    assert fault.startswith(
        "scene s1: files of the scene cannot be looked at. Found: no end after 0.01 seconds."
    )


def test_errors_keep_their_parts_from_one_process_to_another() -> None:
    error = UserError("what", where=Path("a"), found=1, expected=["b"], remedy="mend it")
    copy = pickle.loads(pickle.dumps(UserErrors([error, error])))
    assert [str(each) for each in copy.errors] == [str(error)] * 2
    assert (copy.errors[0].what, copy.errors[0].where) == ("what", "a")


def check(
    inputs: Inputs, *options: str, names: str | None = None
) -> subprocess.CompletedProcess[str]:
    path = inputs.folder / "config.yaml"
    path.write_text(yaml.safe_dump(inputs.values), encoding="utf-8")
    command = [sys.executable, "-m", "rs_seg", "check", "--config", str(path), *options]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, input=names, env=os.environ
    )


def test_of_very_many_faults_the_terminal_has_some_and_the_log_all(inputs: Inputs) -> None:
    inputs.values["scenes"] = [f"gone{number}" for number in range(100)]
    run = check(inputs, "--log", str(inputs.folder / "logs/check.log"))
    assert run.returncode == 1
    assert "100 faults" in run.stderr
    assert run.stderr.count("file is missing") == 30
    assert f"and 70 more, all of them in {inputs.folder / 'logs/check.log'}" in run.stderr
    assert (inputs.folder / "logs/check.log").read_text(encoding="utf-8").count(
        "file is missing"
    ) == 100


def test_names_of_scenes_come_through_a_pipe(inputs: Inputs) -> None:
    (inputs.folder / "s1.tif").write_bytes(b"no raster")
    assert check(inputs, "--scenes", "-", names="s0\ns2\n").returncode == 0
    assert check(inputs, "--scenes", "-", names="s0\ns1\n").returncode == 1
    none = check(inputs, "--scenes", "-", names="")
    assert none.returncode == 0
    assert "checked 0 scenes" in none.stderr


def test_scale_tags_that_differ_between_scenes_are_told_before_the_first_job(
    tmp_path: Path,
) -> None:
    inputs = Inputs(tmp_path)
    for scene in ("s0", "s1"):
        with rasterio.open(tmp_path / f"{scene}.tif", "r+") as dataset:
            dataset.scales, dataset.offsets = (0.0001, 0.0001), (-0.1, 0.0)
    warnings = inputs.find().warnings
    differences = [warning for warning in warnings if "differ between scenes" in warning]
    assert len(differences) == 2, "one of each band"
    assert "scale 0.0001, offset -0.1 in s0, s1; scale 1, offset 0 in s2" in differences[0]
    alike = [warning for warning in warnings if "values are as stored" in warning]
    assert len(alike) == 1
    assert alike[0].startswith(f"{tmp_path / 's0.tif'} and 1 more files: ")


DETECTORS = {"detectors": {"centre": {"architecture": "centre"}}}


def test_files_of_objects_are_looked_at_where_detectors_learn_from_them(tmp_path):
    inputs = Inputs(tmp_path)
    boxes = tmp_path / "boxes.csv"
    boxes.write_text(
        "image_path,xmin,ymin,xmax,ymax,label\ns0.tif,1,2,4,6,field\ns2.tif,1,2,4,6,hut\n"
    )
    outline = {"label": {"path": "boxes.csv"}, "classes": ["field"]}
    assert not find_all_faults(inputs.run(outline=outline), inputs.run().scenes).faults
    run = inputs.run(outline=outline, **DETECTORS)
    told = [str(fault) for fault in find_all_faults(run, run.scenes).faults]
    assert len(told) == 2
    assert "does not say which image" in told[0]
    assert "'s1'" in told[0]
    assert "hut (1 features)" in told[1]
    assert "outline.label.rename" in told[1]


def test_a_missing_file_of_objects_and_a_missing_attribute_are_faults(tmp_path):
    inputs = Inputs(tmp_path)
    run = inputs.run(outline={"label": {"path": "crowns.gpkg"}}, **DETECTORS)
    (missing,) = find_all_faults(run, run.scenes).faults
    assert "outline.label.path" in str(missing)
    run = inputs.run(outline={"group": "stand"}, **DETECTORS)
    (fault,) = find_all_faults(run, run.scenes).faults
    assert "outline.group 'stand'" in str(fault)
