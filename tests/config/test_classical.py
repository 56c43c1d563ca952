"""Methods of single pixels: features are written out in bands, faults told before any work."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from rs_seg.config import KMeans, Pixelwise, dump_config, parse_config
from rs_seg.errors import UserError

from .test_load import changed

INDICES = {"redness": "(red - green) / (red + green)", "texture": "std(redness, 7)"}


def with_method(indices: dict[str, str] | None = None, **settings: Any) -> dict[str, Any]:
    return changed(indices=INDICES if indices is None else indices, models={"method": settings})


def method(**settings: Any) -> Pixelwise:
    network = parse_config(with_method(**settings)).models["method"]
    assert isinstance(network, Pixelwise)
    return network


def test_features_are_written_out_in_bands_and_load_to_the_same() -> None:
    values = with_method(architecture="kmeans", features=["red", "texture", "mean(blue, 3) / 2"])
    config = parse_config(values)
    redness = "((red - green) / (red + green))"
    network = config.models["method"]
    assert isinstance(network, KMeans)
    assert network.formulas == ("red", f"std({redness}, 7)", "(mean(blue, 3) / 2.0)")
    assert network.features == ("red", "texture", "mean(blue, 3) / 2")
    assert parse_config(yaml.safe_load(dump_config(config))) == config


@pytest.mark.parametrize("architecture", ["gaussian_likelihood", "kmeans"])
def test_all_bands_are_looked_at_where_nothing_is_said(architecture: str) -> None:
    assert method(architecture=architecture).formulas == ()


@pytest.mark.parametrize("architecture", ["random_forest", "gradient_boosting"])
def test_trees_look_at_textures_where_nothing_is_said(architecture: str) -> None:
    formulas = method(architecture=architecture).formulas
    statistics = [
        f"{name}(red, {width})" for width in (3, 7, 15) for name in ("gauss", "std", "gradient")
    ]
    assert formulas[:10] == ("red", *statistics)
    assert len(formulas) == 10 * len(parse_config(with_method(architecture=architecture)).bands)
    assert method(architecture="kmeans", features=["textures", "redness"]).formulas[:-1] == formulas


def test_textures_look_no_further_than_a_buffer_that_is_given() -> None:
    values = {**with_method(architecture="random_forest"), "split": {"buffer": 3}}
    network = parse_config(values).models["method"]
    assert isinstance(network, Pixelwise)
    assert {formula.split(", ")[-1] for formula in network.formulas if "(" in formula} == {
        "3)",
        "7)",
    }


def test_the_split_keeps_as_far_apart_as_textures_look() -> None:
    assert parse_config(with_method(architecture="random_forest")).learners.reach == 7
    assert (
        parse_config(with_method(architecture="random_forest", features=["red"])).learners.reach
        == 0
    )


def test_a_band_or_an_index_may_be_called_textures() -> None:
    indices = {"textures": "std(red, 5)"}
    values = with_method(indices, architecture="random_forest", features=["textures"])
    network = parse_config(values).models["method"]
    assert isinstance(network, Pixelwise)
    assert network.formulas == ("std(red, 5)",)


def test_many_bands_have_no_textures() -> None:
    sources = {"cube": {"path": "{scene}/cube.tif", "bands": ["B001..B009"]}}
    values = {**with_method({}, architecture="random_forest"), "sources": sources}
    network = parse_config(values).models["method"]
    assert isinstance(network, Pixelwise)
    assert network.formulas == ()
    values["models"] = {"method": {"architecture": "random_forest", "features": ["textures"]}}
    with pytest.raises(
        UserError, match=r"for up to 8 bands, of which there are 9; .*std\(B001, 7\)"
    ):
        parse_config(values)


def test_an_index_that_a_method_does_not_use_is_no_part_of_it() -> None:
    settings = {"architecture": "random_forest", "features": ["redness"]}
    more = {**INDICES, "blueness": "blue / (red + green + blue)"}
    assert method(**settings) == method(indices=more, **settings)


@pytest.mark.parametrize(
    ("indices", "settings", "said"),
    [
        (
            {"a": "red / gren"},
            {},
            "indices.a: formula 'red / gren', character 7: unknown name 'gren'.*'green'",
        ),
        ({"a": "b + red", "b": "green"}, {}, "indices.a: .*unknown name 'b'"),
        ({"red": "green"}, {}, "indices.red: a band has that name"),
        ({"a": "1 + 2"}, {}, "indices.a: '1 . 2' looks at no band"),
        ({"a b": "red"}, {}, "indices.a b"),
        (
            {},
            {"features": ["std(red, 4)"]},
            "models.method.features: .*character 10: found '4' for the window of std",
        ),
        ({}, {"features": ["sdt(red, 3)"]}, "unknown function 'sdt' .did you mean 'std'"),
        ({}, {"features": ["red", "(red)"]}, "the feature red stands there twice"),
        ({}, {"features": []}, "models.method.features"),
    ],
)
def test_what_is_no_feature_is_told(
    indices: dict[str, str], settings: dict[str, Any], said: str
) -> None:
    with pytest.raises(UserError, match=said):
        parse_config(with_method(indices, architecture="random_forest", **settings))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"method": "fixed"}, "method is fixed, which needs thresholds"),
        ({"thresholds": [0.3]}, "thresholds is 0.3, but method is otsu"),
        (
            {"method": "fixed", "thresholds": [1, 1]},
            "thresholds is 1, 1, but each must be above the one before",
        ),
        ({"method": "multi_otsu"}, "multi_otsu with no intervals"),
        ({"intervals": 3}, "intervals is 3, but method is otsu"),
        ({"method": "multi_otsu", "intervals": 9}, "intervals"),
        ({"classes": ["building", "background", "building"]}, "but there are 2 intervals"),
        (
            {"classes": ["building", "bakground"]},
            "models.method.classes names 'bakground', but the classes",
        ),
        ({"feature": "redd"}, "models.method.feature: .*did you mean 'red'"),
    ],
)
def test_a_threshold_that_cannot_be_is_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        parse_config(with_method(**{"architecture": "threshold", "feature": "redness", **settings}))


def test_a_formula_that_looks_into_test_blocks_is_refused() -> None:
    values = with_method(architecture="kmeans", features=["opening(red, 141)"])
    parse_config(values)
    values |= {"train": {"window": 64}, "split": {"buffer": 100}}
    with pytest.raises(UserError, match=r"looks 140 pixels around, more than split.buffer of 100"):
        parse_config(values)


def test_several_intervals_are_as_many_as_their_classes() -> None:
    names = ["background", "building", "background"]
    network = method(architecture="threshold", feature="red", method="multi_otsu", classes=names)
    assert network.model_dump()["intervals"] is None
    assert network.formulas == ("red",)


def test_radar_likelihoods_take_no_features() -> None:
    with pytest.raises(
        UserError,
        match="features is red, but architecture is gamma_likelihood, which looks at band",
    ):
        parse_config(
            with_method(architecture="gamma_likelihood", band="red", looks=4, features=["red"])
        )


def test_a_misspelt_method_is_told_the_nearest() -> None:
    with pytest.raises(UserError, match="did you mean 'kmeans'"):
        parse_config(with_method(architecture="kmean"))


UNNAMED = {"architecture": "kmeans", "clusters": 2, "naming": "none"}


def test_clusters_without_names_are_trained_where_nothing_is_labelled() -> None:
    run = parse_config(changed(label=None, models={"clusters": UNNAMED}))
    assert run.trained_models == ("clusters",)
    assert not run.labelled_scenes


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"models": {"km": UNNAMED}}, "models.km.naming is none, but scenes .* are labelled"),
        (
            {"label": None, "models": {"km": {**UNNAMED, "clusters": 5}}},
            "km.clusters is 5 with naming none, but",
        ),
        (
            {"label": None, "models": {"km": {**UNNAMED, "naming": "majority"}}},
            "to be trained, but no scene is",
        ),
    ],
)
def test_clusters_without_names_that_cannot_be_are_refused(
    changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(UserError, match=said):
        parse_config(changed(**changes))
