"""Copies of networks for a random split: named, of split 0, and no models of the run."""

from __future__ import annotations

from typing import Any

import pytest

from rs_seg.config import RunConfig, parse_config
from rs_seg.config.copies import models_and_copies
from rs_seg.config.twins import RANDOM_FOLD, twin_maps, twin_models
from rs_seg.errors import UserError
from tests.config.test_load import changed

UNET = {"architecture": "unet"}
FOREST = {"architecture": "random_forest"}


def parse(*, split: dict[str, Any] | None = None, **changes: Any) -> RunConfig:
    given = {"models": {"unet": UNET, "forest": FOREST}, **changes}
    return parse_config(changed(split=split or {"random_split": True}, **given))


def test_each_network_that_learns_from_labels_has_a_copy_and_the_models_stay() -> None:
    run = parse(
        models={
            "unet": {**UNET, "seed": 9},
            "deep": {"members": ["unet", "forest"]},
            "forest": FOREST,
        }
    )
    assert list(run.models) == ["unet", "deep", "forest"]
    assert run.random_twins == {"unet_random_split": "unet", "forest_random_split": "forest"}
    twin = twin_models(run)["unet_random_split"]
    assert (twin.name, twin.fold, twin.seed) == ("unet_random_split", RANDOM_FOLD, 9)
    assert not {method for method, _ in run.maps} & set(run.random_twins)
    assert set(models_and_copies(run)) == {*run.models, *run.random_twins}


def test_without_a_random_split_there_is_no_copy() -> None:
    run = parse(split={"block_size": 64})
    assert (run.random_twins, twin_models(run), twin_maps(run)) == ({}, {}, ())


def test_a_copy_is_mapped_by_the_first_refinement_without_a_search() -> None:
    crf = {"method": "densecrf", "search": {}}
    run = parse(refinements={"crf": crf, "plain": {"method": "argmax"}})
    assert twin_maps(run) == (("unet_random_split", "plain"), ("forest_random_split", "plain"))
    with pytest.raises(UserError, match=r"needs a refinement of models\.unet without search"):
        parse(refinements={"crf": crf})


@pytest.mark.parametrize(
    ("split", "models", "found"),
    [
        ({"folds": 3}, {"unet": UNET}, "but folds is set"),
        ({"areas": {"path": "areas.gpkg"}}, {"unet": UNET}, "but areas is set"),
        ({}, {"unet": UNET, "unet_random_split": FOREST}, "rename it"),
        ({}, {"given": {"model": "m.safetensors"}}, "no model learns from labels"),
    ],
)
def test_a_random_split_that_makes_no_sense_is_refused(
    split: dict[str, Any], models: dict[str, Any], found: str
) -> None:
    with pytest.raises(UserError, match=found):
        parse(split={"random_split": True, **split}, models=models)
