"""What a stage's result depends on besides its files, as one value that Snakemake compares."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel

from rs_seg.cli.signature import settings_of, signature_of
from rs_seg.config import EvaluateConfig, PredictConfig, RunConfig, RunSize, TrainConfig
from rs_seg.values import Scene, Shard

CUTS = {"shards", "shard_megapixels"}
SIZES = ("height", "width")
LEFT_OUT: dict[type[BaseModel], Any] = {
    PredictConfig: CUTS,
    EvaluateConfig: {"without_sources"},  # it adds maps; `compare` is told their names
    RunSize: set(RunSize.model_fields),  # more scenes make no forecast of trainings anew
    # how windows are read, and how often a state is saved: the model is the same to the byte
    TrainConfig: {"workers", "checkpoint_seconds"},
    # split alone reads the roles, from `scene_roles`
    Scene: {**dict.fromkeys((*SIZES, "role"), True), "patches": {"table", "rows"}},
    RunConfig: {
        "predict": CUTS,
        "scenes": {"__all__": {**dict.fromkeys(SIZES, True), "patches": {"rows"}}},
    },
}
"""Settings that say how work is cut, not what comes out: nothing is made anew because they change.
"""


FILES = ("sheet",)
"""Settings that name files, whose states stand beside the settings."""


def fingerprint(stage: str, config: RunConfig, **branches: str) -> str:
    """The settings and the revision of a stage as canonical JSON.

    One string, because Snakemake 9 compares params as an unordered set of values.
    """
    values = {
        name: _plain(value)
        for name, value in settings_of(stage, config, without=FILES, **branches).items()
    }
    return json.dumps(
        {"revision": signature_of(stage).revision, **values}, sort_keys=True, ensure_ascii=True
    )


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude=LEFT_OUT.get(type(value)))
    if isinstance(value, Shard):
        return str(value)
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(each) for each in value]
    return value
