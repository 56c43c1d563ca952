"""The examples that are benches name every method that their scenes can show."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from rs_seg.config import MarkovField, load_config
from rs_seg.config.architectures import TORCHVISION, Architecture
from rs_seg.config.models import KINDS
from rs_seg.config.objects import DetectorArchitecture, DetectorConfig
from rs_seg.config.refining import RefinementConfig

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


def test_the_bench_of_detectors_has_each_of_them_once_under_its_name() -> None:
    run = load_config(EXAMPLES / "detectors.yaml")
    named = {
        name: detector.architecture
        for name, detector in run.detectors.items()
        if isinstance(detector, DetectorConfig)
    }
    assert named == {name: name for name in get_args(DetectorArchitecture)}
