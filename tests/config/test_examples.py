"""The examples that are benches name every method that their scenes can show."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from rs_seg.cli.completing import complete_settings
from rs_seg.config import MarkovField, load_config
from rs_seg.config.architectures import TORCHVISION, Architecture
from rs_seg.config.models import KINDS
from rs_seg.config.objects import DetectorArchitecture, DetectorConfig
from rs_seg.config.refining import RefinementConfig
from rs_seg.values.series import takes_any_dates

EXAMPLES = Path(__file__).parents[2] / "config" / "examples"
RADAR = {"gamma_likelihood", "rayleigh_likelihood"}
LARGER = {"fc_densenet67", "fc_densenet103", *TORCHVISION} - {
    "torchvision_lraspp_mobilenet_v3_large"
}
"""The same methods as fc_densenet56, fcn8s and deeplabv3 with more layers: hours on a laptop."""


def test_the_textbook_maps_with_every_method() -> None:
    run = load_config(EXAMPLES / "textbook.yaml")
    named = {getattr(network, "architecture", None) for network in run.models.values()}
    assert named >= ({*get_args(Architecture), *KINDS} - RADAR - LARGER)
    assert run.ensembles
    methods = {
        get_args(each.model_fields["method"].annotation)[0]
        for each in get_args(get_args(RefinementConfig)[0])
    }
    assert {each.method for each in run.refinements.values()} == methods
    minimisers = {
        each.minimiser for each in run.refinements.values() if isinstance(each, MarkovField)
    }
    assert minimisers == {
        "icm",
        "annealing",
        "alpha_expansion",
    }  # one cut tells two classes apart, here are six


def test_the_example_of_seasons_takes_the_dates_that_lie_in_its_folders(tmp_path: Path) -> None:
    dates = {
        "north": ("20210405", "20210520", "20211002"),
        "south": ("20210411",),
        "west": ("20210620",),
    }
    for scene, days in dates.items():
        folder = tmp_path / scene
        folder.mkdir()
        names = [f"s2_{day}{ending}.tif" for day in days for ending in ("", "_scl")]
        for name in (*names, "dem.tif", "fields.gpkg"):
            (folder / name).touch()
    text = (EXAMPLES / "seasons.yaml").read_text(encoding="utf-8")
    path = tmp_path / "seasons.yaml"
    path.write_text(text.replace("data_root: data", f"data_root: {tmp_path}"), encoding="utf-8")
    run = load_config(path, complete=complete_settings)
    assert {scene.name: scene.dates["s2"] for scene in run.scenes} == dates
    (series,) = (group for group in run.band_groups if group.slots)
    assert series.slots == 3
    apart = [name for name, model in run.models.items() if takes_any_dates(vars(model))]
    assert apart == ["utae", "tempcnn", "pooled"]


def test_the_bench_of_detectors_has_each_of_them_once_under_its_name() -> None:
    run = load_config(EXAMPLES / "detectors.yaml")
    named = {
        name: detector.architecture
        for name, detector in run.detectors.items()
        if isinstance(detector, DetectorConfig)
    }
    assert named == {name: name for name in get_args(DetectorArchitecture)}
