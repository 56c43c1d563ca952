"""What delivered objects were made from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rs_seg.config import parse_config
from rs_seg.scenes.manifest import read_manifest
from rs_seg.stages.deliver.maps import map_folder
from rs_seg.stages.deliver.objects import list_objects
from rs_seg.values.layout import MapKey
from tests.config.test_load import changed


@pytest.mark.parametrize("divides", [False, True])
def test_objects_name_the_map_that_they_divide(tmp_path: Path, *, divides: bool) -> None:
    settings: dict[str, Any] = {"select": {"geometry": "map"}} if divides else {}
    run = parse_config(changed(detectors={"centre": {}}, **settings))
    (network, refinement), *_ = run.maps
    assert run.object_map == ((network, refinement) if divides else None)
    scene = run.scenes[0].name
    run = run.limit_to([scene])
    files = read_manifest([tmp_path / "objects" / scene / "centre" / "nms" / "objects.gpkg"])
    ((_, place, sources),) = list_objects(run, files, {"centre": "models/centre.safetensors"})
    assert place == f"scenes/{scene}/centre-nms"
    divided = f"{map_folder(MapKey(scene, network, refinement))}/classes.tif"
    assert "models/centre.safetensors" in sources
    assert (divided in sources) == divides
