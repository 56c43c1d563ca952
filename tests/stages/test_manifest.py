"""The files of a run are told apart by their places, and what is not of the run is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from rs_seg.config import RunConfig, parse_config
from rs_seg.errors import UserError
from rs_seg.scenes.manifest import map_keys, read_manifest, read_run_files
from rs_seg.values.layout import MapKey
from tests.stages.toy_maps import LEGEND

CLASSES = [
    Path(f"results/maps/{scene}/{network}/argmax/classes.tif")
    for scene in ("a", "b")
    for network in ("unet", "given", "again")
]


def config(**changes: object) -> RunConfig:
    return parse_config(
        {
            "results": "results",
            "scenes": ["a", "b"],
            "sources": {"photo": {"path": "{scene}.tif", "bands": ["red"]}},
            "legend": [each.model_dump() for each in LEGEND],
            "label": {"path": "{scene}.gpkg"},
            "models": {
                "unet": {"architecture": "unet"},
                "given": {"model": "of others/models/unet/model.safetensors"},
                "again": {"model": "of others/models/unet/model.safetensors"},
            },
            "refinements": {"argmax": {"method": "argmax"}},
            **changes,
        }
    )


def test_the_order_of_the_list_does_not_matter() -> None:
    run = config()
    forth, back = read_run_files(run, CLASSES), read_run_files(run, reversed(CLASSES))
    assert [forth.map(key, "classes") for key in map_keys(run)] == CLASSES
    assert [back.map(key, "classes") for key in map_keys(run)] == CLASSES


def test_a_given_model_is_that_of_its_networks_wherever_it_lies() -> None:
    own, given = (Path(root, "models/unet/model.safetensors") for root in ("results", "of others"))
    files = read_run_files(config(), [own, given])
    assert files.model("unet") == own
    assert files.model("given") == files.model("again") == given


def test_a_file_at_no_place_of_a_run_is_named() -> None:
    with pytest.raises(UserError, match=r"tmp/a\.tif: a file does not lie where the workflow puts"):
        read_manifest([Path("tmp/a.tif")])


@pytest.mark.parametrize(
    ("root", "names", "kinds"),
    [
        (
            "data/objects/north",
            ["scenes/a/objects.gpkg", "objects/a/centre/candidates.parquet"],
            ["outlines", "candidates"],
        ),
        (
            "work/maps",
            ["merged/unet/argmax/polygons.gpkg", "maps/a/unet/argmax/classes.tif"],
            ["merged_polygons", "classes"],
        ),
    ],
)
def test_a_folder_above_the_results_may_have_the_name_of_one_in_them(
    root: str, names: list[str], kinds: list[str]
) -> None:
    assert list(read_manifest([Path(root, name) for name in names]).files) == kinds


def test_files_of_two_runs_are_not_mixed() -> None:
    other = Path("copy/maps/a/unet/argmax/classes.tif")
    with pytest.raises(
        UserError, match="two files are the classes of scene a, network unet"
    ) as two:
        read_manifest([*CLASSES, other])
    assert str(CLASSES[0]) in str(two.value)
    assert str(other) in str(two.value)


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("scenes/c/image.tif", "scene c"),
        ("models/fpn/curves.csv", "network fpn"),
        ("evaluation/unet/crf.json", "refinement crf"),
    ],
)
def test_a_file_of_another_run_is_refused(path: str, title: str) -> None:
    with pytest.raises(UserError, match=rf"{path}: a file is of a \w+ that.*Found: {title}"):
        read_run_files(config(), [Path("results", path)])


def test_a_missing_file_is_named_with_its_place() -> None:
    files = read_run_files(config(), CLASSES[1:])
    with pytest.raises(UserError, match=r"ends with maps/a/unet/argmax/classes\.tif"):
        files.map(MapKey("a", "unet", "argmax"), "classes")
    assert files.find("classes", "a", "unet", "argmax") is None
    assert files.has("classes")
    assert not files.has("comparison")
