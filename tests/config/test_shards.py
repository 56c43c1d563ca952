from __future__ import annotations

from typing import Any

import pytest

from rs_seg.config import PredictConfig, dump_config, parse_config
from rs_seg.errors import UserError


def values(**changes: Any) -> dict[str, Any]:
    return {
        "scenes": [
            {"name": "small", "height": 4000, "width": 4000},
            {"name": "large", "height": 40_000, "width": 40_000},
            {"name": "unknown"},
        ],
        "sources": {"image": {"path": "{scene}.tif", "bands": ["red"]}},
        "legend": [{"code": code, "name": f"class {code}", "color": "#d7301f"} for code in (1, 2)],
        "models": {"given": {"model": "model.safetensors"}},
        "refinements": {"argmax": {"method": "argmax"}},
        **changes,
    }


def test_each_scene_is_cut_by_its_size():
    run = parse_config(values())
    assert [run.shard_count(scene) for scene in run.scenes] == [1, 11, 1]
    given = parse_config(values(predict={"shards": 3}))
    assert [given.shard_count(scene) for scene in given.scenes] == [3, 3, 3]


def test_simulated_scenes_are_as_large_as_the_configuration_says():
    source = {"path": "{scene}.tif", "bands": ["x"]}
    changes = {
        "scenes": [{"name": "town", "simulate": 1}],
        "sources": {"optical": source, "height": {**source, "bands": ["y"]}},
        "label": {"path": "labels.gpkg"},
        "simulate": {"size": 8192},
        "predict": {"shard_megapixels": 20},
    }
    run = parse_config(values(**changes))
    assert run.shard_count(run.scenes[0]) == 4


def test_shards_that_nobody_asked_for_are_not_flat():
    config = PredictConfig(shard_megapixels=1)
    assert config.shard_count(1000, 1_000_000) == 1
    assert config.shard_count(6144, 1_000_000) == 3
    assert config.shard_count(10_000_000, 1_000_000) == 1000


def test_the_resolved_configuration_keeps_sizes():
    import yaml

    run = parse_config(values())
    assert parse_config(yaml.safe_load(dump_config(run))) == run


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"scenes": [{"name": "a", "height": 5}]},
            ["'a'", "height 5", "width None", "both or neither"],
        ),
        ({"scenes": [{"name": "a", "height": 0, "width": 4}]}, ["scenes.0.height", "0"]),
        ({"predict": {"shards": "many"}}, ["predict.shards", "many", "auto"]),
        ({"predict": {"shards": 0}}, ["predict.shards", "0"]),
    ],
)
def test_faults_name_their_place(changes, words):
    with pytest.raises(UserError) as raised:
        parse_config(values(**changes))
    assert [word for word in words if word not in str(raised.value)] == []
