"""The work of `accelerate`."""

from __future__ import annotations

import math
from dataclasses import asdict
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch

from rs_seg.algorithms.networks.receptive_field import measure_receptive_field, suggest_overlap
from rs_seg.algorithms.networks.signature import tile_size
from rs_seg.algorithms.networks.table import STRIDE
from rs_seg.algorithms.prediction.applicability import check_classes
from rs_seg.algorithms.prediction.engines import ENGINES, EngineChoice, supported_choices
from rs_seg.algorithms.prediction.engines.torch_engine import has_gpu
from rs_seg.algorithms.prediction.trials import REFERENCE, Gate, Trial
from rs_seg.config import AccelerateConfig, ModelConfig
from rs_seg.errors import UserError
from rs_seg.io.engine import CandidateRecord, EngineRecord, ReceptiveFieldRecord, write_engine
from rs_seg.io.model import read_description
from rs_seg.predicting.networks import read_network
from rs_seg.stages.accelerate.race import Entrant, race_engines
from rs_seg.stages.accelerate.tiles import Ground, image_ground, split_ground
from rs_seg.values import ClassNames, InPath, InPaths, OutPath, Scene, thread_count
from rs_seg.values.machine import processor_flags

TILE = 768
"""Height and width of a tile where the configuration does not say; larger ones cost less overlap,
but fit no cache."""
JUDGING_TILE = 512
"""Height and width of tiles that labels are compared on, unless predictions have smaller ones."""
RECEPTIVE_TILE = 512
"""Height and width of a tile that the receptive field is measured on, unless predictions have
smaller ones."""
RECEPTIVE_TILES = 1
"""Tiles that the receptive field is measured on."""


def accelerate(
    config: AccelerateConfig,
    network: ModelConfig,
    class_names: ClassNames,
    labelled_scenes: tuple[Scene, ...],
    prediction_tile: int | None,
    prediction_batch_size: int,
    maps_other_scenes: bool,
    seed: int,
    *,
    model: InPath,
    onnx: InPath,
    images: InPaths,
    references: InPaths,
    split: InPaths,
    engine: OutPath,
) -> None:
    """See the signature."""
    description = read_description(model)
    if description.kind != "convolutional":
        raise UserError(
            "only networks of layers are computed by an engine",
            where=model,
            found=f"a {description.kind}",
        )
    check_classes(description.classes, class_names, where=model)
    choices = _list_choices(config)
    measured = choices != [REFERENCE]
    only_tile = tile_size(onnx.read_bytes()) if measured else None
    tile = prediction_tile or only_tile or TILE

    judging_tile = tile if only_tile else min(tile, JUDGING_TILE)

    @cache
    def ground() -> Ground:
        drawn: dict[str, Any] = {"tile": judging_tile, "count": config.tiles, "seed": seed}
        if not split:
            return image_ground(description, images[0], **drawn)
        files: dict[str, Any] = {"images": images, "references": references, "split": split[0]}
        return split_ground(description, class_names, labelled_scenes, **files, **drawn)

    chosen, trials = Trial(REFERENCE, agrees=True), list[Trial]()
    entrant = Entrant(model, onnx, ground)
    if measured:
        chosen, trials = race_engines(
            choices,
            entrant,
            Gate(config.agreement, config.miou_change),
            classes=len(class_names),
            batch_size=prediction_batch_size,
            one_size=only_tile is not None,
            maps_other_scenes=maps_other_scenes,
        )
    reach = _describe_reach(model, tile, ground(), seed)
    record = _describe(
        network.name, chosen, trials, tile=tile, one_size=only_tile is not None, **reach
    )
    computed = entrant.source(chosen.choice.precision).onnx() if record.runs_onnx else None
    write_engine(engine, record, computed)


def _list_choices(config: AccelerateConfig) -> list[EngineChoice]:
    """What the configuration allows and this machine computes."""
    supported = supported_choices(None if config.engine == "auto" else config.engine)
    choices = [choice for choice in supported if config.precision in {"auto", choice.precision}]
    if not choices:
        raise UserError(
            "this machine does not compute networks so",
            where="accelerate.engine, accelerate.precision",
            found=f"{config.engine}, {config.precision}",
            expected=f"one of {', '.join(map(str, supported))}",
            remedy="set accelerate.precision to auto, or run on a machine that has the "
            "instructions",
        )
    return choices


def _describe(
    network: str, chosen: Trial, trials: list[Trial], *, one_size: bool, **tiles: Any
) -> EngineRecord:
    program = ENGINES[chosen.choice.engine]
    return EngineRecord(
        network=network,
        engine=chosen.choice.engine,
        precision=chosen.choice.precision,
        runs_onnx=program.runs_onnx,
        one_size=one_size and program.runs_onnx,
        **tiles,
        version=program.version(),
        device="cuda" if chosen.choice.engine == "torch" and has_gpu() else "cpu",
        processor=processor_flags(),
        threads=thread_count(),
        candidates=tuple(_describe_trial(trial) for trial in trials),
    )


def _describe_reach(model: Path, tile: int, ground: Ground, seed: int) -> dict[str, Any]:
    """Overlap and stride of tiles, and the receptive field from which they follow.

    It is measured on tiles without invalid pixels. Where there are none, on random ones.
    """
    torch.set_num_threads(thread_count())
    side = min(tile, RECEPTIVE_TILE)
    seen = ((pixels[:, :side, :side], valid[:side, :side]) for pixels, valid, _ in ground.judging)
    whole = list(islice((pixels for pixels, valid in seen if valid.all()), RECEPTIVE_TILES))
    pixels_NBHW = np.stack(whole) if whole else None
    field = measure_receptive_field(
        read_network(model), tile=side, seed=seed, pixels_NBHW=pixels_NBHW
    )
    return {
        "overlap": suggest_overlap(field, tile),
        "stride": math.lcm(field.stride, STRIDE),
        "receptive_field": ReceptiveFieldRecord(
            radius=field.reach if field.exact else None,
            effective_radius=field.radius_90,
            support=field.support,
            reason=field.reason,
        ),
    }


def _describe_trial(trial: Trial) -> CandidateRecord:
    return CandidateRecord(
        engine=trial.choice.engine,
        precision=trial.choice.precision,
        fault=trial.fault,
        agrees=trial.agrees,
        mpix_per_s=trial.mpix_per_s,
        **(asdict(trial.agreement) if trial.agreement is not None else {}),
    )
