"""Seeds and folds: one key becomes several networks before anything else sees it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from rs_seg.config import Ensemble, dump_config, parse_config
from rs_seg.errors import UserError
from tests.config.test_load import changed

UNET = {"architecture": "unet"}
FOREST = {"architecture": "random_forest"}


def networks(**given: Any) -> dict[str, Any]:
    return changed(models=given)


def folded(folds: int, **given: Any) -> dict[str, Any]:
    return changed(models=given, split={"folds": folds})


def detectors(folds: int = 1, **given: Any) -> dict[str, Any]:
    split = {"folds": folds} if folds > 1 else {}
    return changed(models={}, refinements={}, detectors=given, split=split)


def test_seeds_become_networks_in_the_place_of_their_key() -> None:
    run = parse_config(
        networks(forest=FOREST, unet={**UNET, "seeds": [1, 7]}, fpn={"architecture": "fpn"})
    )
    assert list(run.models) == ["forest", "unet_seed1", "unet_seed7", "fpn"]
    assert [run.models[name].seed for name in run.replicates["unet"]] == [1, 7]
    assert run.replicates == {"unet": ("unet_seed1", "unet_seed7")}
    assert run.models["unet_seed7"].name == "unet_seed7"
    assert run.models["unet_seed7"].seeds is None


def test_an_ensemble_of_a_key_is_an_ensemble_of_all_its_seeds() -> None:
    given = networks(deep={"members": ["unet"]}, unet={**UNET, "seeds": [1, 2, 3]})
    assert parse_config(given).models["deep"].members == (
        "unet_seed1",
        "unet_seed2",
        "unet_seed3",
    )


def test_every_network_becomes_one_per_fold() -> None:
    run = parse_config(folded(3, unet=UNET, given={"model": "given.safetensors"}))
    assert list(run.models) == [
        f"{key}_fold{fold}" for key in ("unet", "given") for fold in (1, 2, 3)
    ]
    assert [network.fold for network in run.models.values()] == [1, 2, 3] * 2
    assert set(run.replicates) == {"unet", "given"}
    assert run.split.test == pytest.approx(1 / 3)


def test_each_seed_is_a_cross_validation_of_its_own() -> None:
    run = parse_config(folded(2, unet={**UNET, "seeds": [4, 5]}))
    assert run.replicates == {
        "unet_seed4": ("unet_seed4_fold1", "unet_seed4_fold2"),
        "unet_seed5": ("unet_seed5_fold1", "unet_seed5_fold2"),
    }
    assert [(each.seed, each.fold) for each in run.models.values()] == [
        (4, 1),
        (4, 2),
        (5, 1),
        (5, 2),
    ]
    assert run.cross_validations == run.replicates


def test_seeds_alone_are_no_cross_validation() -> None:
    assert parse_config(networks(unet={**UNET, "seeds": [4, 5]})).cross_validations == {}
    assert (
        parse_config(folded(2, unet={**UNET, "seeds": [4, 5], "fold": 2})).cross_validations == {}
    )


def test_ensembles_are_made_of_the_networks_of_their_own_fold() -> None:
    run = parse_config(
        folded(
            2, unet={**UNET, "seeds": [4, 5]}, forest=FOREST, both={"members": ["unet", "forest"]}
        )
    )
    both = {name: each.members for name, each in run.models.items() if isinstance(each, Ensemble)}
    assert both == {
        "both_fold1": ("unet_seed4_fold1", "unet_seed5_fold1", "forest_fold1"),
        "both_fold2": ("unet_seed4_fold2", "unet_seed5_fold2", "forest_fold2"),
    }
    assert run.replicates["both"] == ("both_fold1", "both_fold2")


def test_a_network_may_take_part_in_one_fold_alone() -> None:
    run = parse_config(folded(5, unet={**UNET, "fold": 2}))
    assert list(run.models) == ["unet"]
    assert run.replicates == {}


def test_detectors_have_seeds_and_folds_as_networks_do() -> None:
    run = parse_config(detectors(2, centre={"seeds": [4, 5]}, given={"model": "d.safetensors"}))
    assert [(name, each.fold) for name, each in run.detectors.items()] == [
        ("centre_seed4_fold1", 1),
        ("centre_seed4_fold2", 2),
        ("centre_seed5_fold1", 1),
        ("centre_seed5_fold2", 2),
        ("given_fold1", 1),
        ("given_fold2", 2),
    ]
    assert [run.detectors[name].seed for name in run.replicates["centre_seed5"]] == [5, 5]
    assert run.cross_validations == run.replicates
    assert run.split.test == 0.5
    assert (run.fold_of("given_fold2"), run.fold_of(None)) == (2, 1)
    assert parse_config(yaml.safe_load(dump_config(run))) == run


def test_suppressions_take_all_that_a_named_key_became() -> None:
    values = detectors(centre={"seeds": [1, 2]}, fcos={"architecture": "fcos"})
    values["suppressions"] = {
        "nms": {"method": "nms"},
        "soft": {"method": "soft_nms", "detectors": ["centre"]},
    }
    run = parse_config(values)
    assert [name for name, way in run.detections if way == "soft"] == [
        "centre_seed1",
        "centre_seed2",
    ]


def test_ensembles_of_detectors_are_those_of_their_own_fold_and_of_all_seeds() -> None:
    members = {"both": {"members": ["centre", "fcos"]}, "fcos": {"architecture": "fcos"}}
    run = parse_config(detectors(2, centre={"seeds": [1, 2]}, **members))
    assert {name: own.members for name, own in run.detector_ensembles.items()} == {
        f"both_fold{fold}": tuple(
            f"{name}_fold{fold}" for name in ("centre_seed1", "centre_seed2", "fcos")
        )
        for fold in (1, 2)
    }


@pytest.mark.parametrize("folds", [1, 3])
def test_what_is_expanded_loads_to_an_equal_configuration(folds: int) -> None:
    given = {
        "unet": {**UNET, "seeds": [4, 5]},
        "forest": FOREST,
        "both": {"members": ["unet", "forest"]},
    }
    run = parse_config(folded(folds, **given))
    assert parse_config(yaml.safe_load(dump_config(run))) == run


def test_a_mistake_is_told_once_at_the_key_of_the_file() -> None:
    with pytest.raises(UserError) as told:
        parse_config(folded(5, unet={**UNET, "seeds": [1, 2], "encoderr": "x"}), where="my.yaml")
    assert str(told.value).startswith("my.yaml, key models.unet.encoderr: unknown key 'encoderr'")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            networks(unet={**UNET, "seed": 3, "seeds": [1, 2]}),
            "models.unet: seed is 3, but seeds is 1, 2",
        ),
        (
            networks(unet={**UNET, "seeds": [2, 1, 2]}),
            "models.unet: seeds is 2, 1, 2: the same seed",
        ),
        (networks(unet={**UNET, "seeds": [1]}), "models.unet.seeds.*at least 2"),
        (
            networks(unet={**UNET, "seeds": [1, -2]}),
            "models.unet.seeds.1.*greater than or equal to 0",
        ),
        (
            networks(given={"model": "m.safetensors", "seeds": [1, 2]}),
            "models.given.seeds: unknown key 'seeds'",
        ),
        (
            networks(unet={**UNET, "seeds": [1, 2]}, unet_seed2=UNET),
            (
                "models.unet becomes several models, of which one is unet_seed2, but there is a "
                "model unet_seed2"
            ),
        ),
        (
            folded(2, unet=UNET, unet_fold1={**UNET, "fold": 1}),
            "models.unet becomes .* unet_fold1, but",
        ),
        (
            networks(
                unet={**UNET, "seeds": [1, 2]},
                forest=FOREST,
                both={"members": ["unet", "forest"], "weights": [1, 2]},
            ),
            (
                "members is unet_seed1, unet_seed2, forest, but models.both.weights is 1, 2: "
                "each member needs one"
            ),
        ),
        (
            detectors(centre={"seed": 3, "seeds": [1, 2]}),
            "detectors.centre: seed is 3, but seeds is 1, 2",
        ),
        (
            detectors(given={"model": "d.safetensors", "seeds": [1, 2]}),
            "detectors.given.seeds: unknown key 'seeds'",
        ),
        (
            detectors(centre={"seeds": [1, 2]}, centre_seed1={}),
            "detectors.centre becomes several detectors, of which one is centre_seed1, but there",
        ),
        (detectors(centre={"fold": 2}), "detectors.centre.fold is 2, but split.folds is 1"),
        (
            changed(
                models={"unet": {**UNET, "seeds": [1, 2]}}, detectors={"unet": {"seeds": [3, 4]}}
            ),
            "models and detectors both have the name 'unet'",
        ),
        (networks(unet={**UNET, "fold": 2}), "models.unet.fold is 2, but split.folds is 1"),
        (folded(3, unet={**UNET, "fold": 4}), "models.unet.fold is 4, but split.folds is 3"),
        (folded(21, unet=UNET), "split.folds.*less than or equal to 20"),
        (changed(split={"folds": 3, "test": 0.2}), "split.test is 0.2, but split.folds is 3"),
        (
            folded(2, unet=UNET, all={"members": ["unet_fold1", "unet_fold2"]}),
            (
                "models.all_fold1 is of fold 1, but its member unet_fold2 is of fold 2, whose "
                "training areas hold blocks"
            ),
        ),
        (
            changed(label=None, models={"given": {"model": "m.safetensors"}}, split={"folds": 2}),
            "split.folds is 2, but no scene is labelled",
        ),
    ],
)
def test_mistakes_repeat_both_values(values: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=f"(?s){said}"):
        parse_config(values)


def test_refinements_refine_all_that_a_named_key_became() -> None:
    networks = {
        "unet": {"architecture": "unet", "seeds": [1, 2]},
        "forest": {"architecture": "random_forest"},
    }
    refinements = {
        "argmax": {"method": "argmax"},
        "crf": {"method": "densecrf", "models": ["unet"]},
    }
    run = parse_config(changed(models=networks, refinements=refinements, split={"folds": 2}))
    refined = [network for network, refinement in run.maps if refinement == "crf"]
    assert refined == [
        "unet_seed1_fold1",
        "unet_seed1_fold2",
        "unet_seed2_fold1",
        "unet_seed2_fold2",
    ]
    assert parse_config(yaml.safe_load(dump_config(run))).maps == run.maps
