"""Faults of settings that no model of the configuration sees: library names, contents of files."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from rs_seg.algorithms.prediction.applicability import check_classes
from rs_seg.config import ConvolutionalNetwork, DetectorConfig, RunConfig, TrainedModel
from rs_seg.errors import UserError
from rs_seg.io.model import read_description
from rs_seg.io.model_description import ModelDescription
from rs_seg.io.raw.crs import parse_crs
from rs_seg.scenes.label_looks import attempt
from rs_seg.scenes.model_bands import place_bands
from rs_seg.values import ClassNames

PLAIN_ENCODERS = (None, "resnet18", "resnet34", "resnet50", "resnet101", "resnet152")
PLAIN_WEIGHTS = (None, "imagenet")
"""Of most runs: known to exist without the libraries, which take seconds to load."""
TAKING_ALL = (
    "unet",
    "unetplusplus",
    "linknet",
    "manet",
    "fpn",
    "pspnet",
    "pan",
    "deeplabv3",
    "deeplabv3plus",
    "upernet",
)
"""Networks that take each of PLAIN_ENCODERS."""


def find_crs_faults(run: RunConfig) -> list[UserError]:
    """A fault for each coordinate reference system of the configuration that does not exist."""
    sections: dict[str, object] = {"align": run.align, "label": run.label}
    sections |= {"outline.label": run.outline.label}
    sections |= {f"sources.{name}": source for name, source in run.sources.items()}
    keys = [(section, key) for section in sections for key in ("crs", "override_crs")]
    settings = {f"{section}.{key}": getattr(sections[section], key, None) for section, key in keys}
    faults = []
    for setting, text in settings.items():
        if text is not None:
            try:
                parse_crs(text)
            except UserError as error:
                faults.append(error.at(setting))
    return faults


def read_given_models(run: RunConfig) -> dict[str, tuple[Path, ModelDescription]]:
    """Path and description of each given model that can be read, by its key (models.NAME)."""
    models = {}
    for key, network, _ in _given_models(run):
        try:
            models[key] = (Path(network.model), read_description(Path(network.model)))
        except UserError:  # told by find_model_faults, or as a missing file
            continue
    return models


def _given_models(run: RunConfig) -> Iterator[tuple[str, TrainedModel, ClassNames]]:
    """Key, model and classes of the run's given models and detectors."""
    tables = (
        ("models", run.models, run.class_names),
        ("detectors", run.detectors, run.object_names),
    )
    for title, table, names in tables:
        for name, method in table.items():
            if isinstance(method, TrainedModel):
                yield f"{title}.{name}", method, names


def find_model_faults(run: RunConfig) -> list[UserError]:
    """A fault for each given model of other bands or another legend, by the head of its file."""
    faults: list[UserError] = []
    for key, network, names in _given_models(run):
        if not Path(network.model).exists():
            continue
        path, where = Path(network.model), f"{key}.model, {network.model}"
        model = attempt(faults, partial(read_description, path))
        if model is not None:
            attempt(faults, partial(place_bands, model, run.bands, where=where))
            attempt(faults, partial(check_classes, model.classes, names, where=where))
    return faults


def find_network_faults(run: RunConfig) -> list[UserError]:
    """What `try_models` finds, in another process where it has something to do.

    The libraries of networks hold half a gigabyte, and write a page of their own when a process
    that has loaded them ends (nanobind in triton 3.5).
    """
    if not (_list_unsure(run) or _list_unsure_detectors(run)):
        return []
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(try_models, run).result()


def try_models(run: RunConfig) -> list[UserError]:
    """A fault for each network that cannot be built: unknown encoder or weights, or unsuitable."""
    # here, because it loads torch, which only the process that tries networks should hold
    from rs_seg.algorithms.networks.trying import find_build_fault

    faults = []
    for name, network in _list_unsure(run).items():
        fault = find_build_fault(
            network.architecture,
            {**network.build_options, **network.fusion_options, **network.dates_options},
            bands=run.bands,
            class_count=len(run.class_names),
        )
        faults += [fault.at(f"models.{name}")] if fault is not None else []
    return faults + _try_detectors(run)


def _try_detectors(run: RunConfig) -> list[UserError]:
    from rs_seg.algorithms.detectors.trying import find_detector_fault  # loads torch too

    faults = []
    for name, detector in _list_unsure_detectors(run).items():
        options = detector.model_dump(include={"encoder", "decoder", "weights"})
        fault = find_detector_fault(
            detector.architecture,
            **options,
            bands=run.bands,
            class_count=len(run.object_names),
            window=run.train.window_size,
        )
        faults += [fault.at(f"detectors.{name}")] if fault is not None else []
    return faults


def _list_unsure(run: RunConfig) -> dict[str, ConvolutionalNetwork]:
    """Networks that perhaps cannot be built, one of each kind whatever the seed and fold."""
    unsure: dict[tuple[object, ...], tuple[str, ConvolutionalNetwork]] = {}
    for name in run.trained_models:
        network = run.models[name]
        if not isinstance(network, ConvolutionalNetwork) or _is_plain(network):
            continue
        # a missing file is told as one
        if network.weights_file is None or network.weights_file.exists():
            encoders = tuple(network.encoders.items())
            kind = (network.architecture, *network.build_options.values(), network.fuse, encoders)
            unsure.setdefault(kind, (name, network))
    return dict(unsure.values())


def _list_unsure_detectors(run: RunConfig) -> dict[str, DetectorConfig]:
    """Detectors that perhaps cannot be built; a missing file of weights is told as one."""
    return {
        name: detector
        for name, detector in run.detectors.items()
        if isinstance(detector, DetectorConfig)
        and (detector.encoder not in PLAIN_ENCODERS or detector.weights not in PLAIN_WEIGHTS)
        and (detector.weights_file is None or detector.weights_file.exists())
    }


def _is_plain(network: ConvolutionalNetwork) -> bool:
    """Whether a network surely can be built."""
    return (
        network.architecture in TAKING_ALL
        and network.fuse is None
        and network.encoder in PLAIN_ENCODERS
        and network.weights in PLAIN_WEIGHTS
        and network.decoder_channels is None
    )
