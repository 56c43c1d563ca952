"""Ensembles, uncertainty, abstaining, random fields: settings that clash are refused.

The error holds the values that clash.
"""

from __future__ import annotations

from typing import Any

import pytest

from rs_seg.config import DenseCRF, Ensemble, MarkovField, SearchConfig, parse_config
from rs_seg.errors import UserError
from tests.config.test_load import MINIMAL

MEMBERS = {"unet": {"architecture": "unet"}, "forest": {"architecture": "random_forest"}}


def with_ensemble(**ensemble: Any) -> dict[str, Any]:
    return {**MINIMAL, "models": {**MEMBERS, "both": ensemble}}


def with_abstain(**changes: Any) -> dict[str, Any]:
    refinements = {"argmax": {"method": "argmax"}, "sure": {"method": "argmax", "abstain": 0.6}}
    return {**MINIMAL, "refinements": refinements, **changes}


def test_an_ensemble_is_a_network_without_a_model_file() -> None:
    run = parse_config(with_ensemble(members=["unet", "forest"], weights=[1, 2]))
    assert run.models["both"] == Ensemble(name="both", members=("unet", "forest"), weights=(1, 2))
    assert run.trained_models == run.models_with_file == ("unet", "forest")
    assert list(run.ensembles) == ["both"]


@pytest.mark.parametrize(
    ("ensemble", "message"),
    [
        (
            {"members": ["unet", "linknet"]},
            "members is unet, linknet, but 'linknet' is no model of this run",
        ),
        ({"members": ["unet", "both"]}, "members is unet, both, but 'both' is an ensemble itself"),
        (
            {"members": ["unet", "unet"]},
            "members is unet, unet: the members of an ensemble must differ",
        ),
        (
            {"members": ["unet", "forest"], "weights": [1, 2, 3]},
            "members is unet, forest, but .*weights is 1, 2, 3",
        ),
        (
            {"members": ["unet", "forest"], "weights": [1, 0]},
            "models.both.weights.1.*greater than 0",
        ),
        ({"members": ["unet"]}, "models.both.members.*at least 2"),
        ({"members": ["unet", "forest"], "weigths": [1, 2]}, "did you mean 'weights'"),
    ],
)
def test_an_ensemble_that_cannot_be_made_is_refused(ensemble: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        parse_config(with_ensemble(**ensemble))


def test_only_ensembles_have_members_that_disagree() -> None:
    values = with_ensemble(members=["unet", "forest"])
    assert parse_config(values).models_with_uncertainty == ()
    run = parse_config({**values, "uncertainty": {"measures": ["disagreement"]}})
    assert run.models_with_uncertainty == ("both",)
    run = parse_config({**values, "uncertainty": {"measures": ["disagreement", "entropy"]}})
    assert run.uncertainty.measures_of(run.models["unet"]) == ("entropy",)
    assert run.uncertainty.measures_of(run.models["both"]) == ("disagreement", "entropy")


def test_a_measure_is_asked_for_once() -> None:
    with pytest.raises(UserError, match="must differ, found entropy, entropy"):
        parse_config({**MINIMAL, "uncertainty": {"measures": ["entropy", "entropy"]}})


def test_only_maps_that_abstain_have_it_in_their_legend() -> None:
    run = parse_config(with_abstain())
    plain, sure = (run.refinements[name].map_legend(run.legend) for name in ("argmax", "sure"))
    assert plain == run.legend == parse_config(MINIMAL).map_legend
    assert sure == run.map_legend
    assert [(each.code, each.name) for each in sure][2:] == [(254, "abstain")]


@pytest.mark.parametrize(("code", "name"), [(254, "roof"), (65534, "roof"), (3, "abstain")])
def test_no_class_stands_for_no_class(code: int, name: str) -> None:
    legend = [*MINIMAL["legend"], {"code": code, "name": name, "color": "#123456"}]
    parse_config({**MINIMAL, "legend": legend})
    with pytest.raises(
        UserError, match=f"sure.abstain is 0.6, but the legend .*{code if name == 'roof' else name}"
    ):
        parse_config(with_abstain(legend=legend))


def with_field(**settings: Any) -> dict[str, Any]:
    return {**MINIMAL, "refinements": {"mrf": {"method": "markov", **settings}}}


def test_a_graph_cut_takes_two_classes() -> None:
    two = with_field(minimiser="graph_cut")
    refinement = parse_config(two).refinements["mrf"]
    assert isinstance(refinement, MarkovField)
    water = {"code": 3, "name": "water", "color": "#123456"}
    with pytest.raises(
        UserError,
        match=r"mrf.minimiser is graph_cut, .* legend has 3 \(background, building, water\); use "
        r"alpha_expansion",
    ):
        parse_config({**two, "legend": [*MINIMAL["legend"], water]})


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"minimiser": "graphcut"},
            "'icm', 'annealing', 'graph_cut' or 'alpha_expansion'.*did you mean 'graph_cut'",
        ),
        ({"annealing": {"sweeps": 9}}, "annealing is set, but minimiser is alpha_expansion"),
        (
            {"minimiser": "annealing", "annealing": {"start": 0.1, "end": 0.5}},
            "annealing.end is 0.5, above annealing.start of 0.1",
        ),
        (
            {"minimiser": "annealing", "annealing": {"sweep": 9}},
            "refinements.mrf.annealing.sweep.*'sweeps'",
        ),
        ({"neighbors": 4}, "refinements.mrf.neighbors.*'neighbours'"),
        ({"neighbours": 6}, "refinements.mrf.neighbours.*4 or 8"),
        ({"method": "mrf"}, "'argmax', 'densecrf', 'markov'"),
    ],
)
def test_a_field_that_cannot_be_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=f"(?s){message}"):
        parse_config(with_field(**settings))


def test_each_parameter_is_searched_around_its_value_where_it_has_one() -> None:
    field = with_field(search={"range": 2}, strength=300, contrast=None)
    refinement = parse_config(field).refinements["mrf"]
    assert isinstance(refinement, MarkovField)
    assert refinement.search_ranges() == {"strength": (150, 500)}
    crf = DenseCRF(method="densecrf", search=SearchConfig(), smooth_weight=0, overlap=64)
    ranges = crf.search_ranges()
    assert list(ranges) == ["appearance_weight", "appearance_width", "appearance_contrast"]
    assert ranges["appearance_width"] == (5, 32), "kernels end inside the overlap"


def test_a_search_needs_labels_and_something_to_search_for() -> None:
    with pytest.raises(UserError, match="search is set, but strength, contrast are 0 or null"):
        parse_config(with_field(search={}, strength=0, contrast=None))
    trained = {"unet": {"model": "model.safetensors"}}
    unlabelled = {key: value for key, value in with_field(search={}).items() if key != "label"}
    with pytest.raises(UserError, match=r"refinements.mrf.search is set, but no scene is labelled"):
        parse_config({**unlabelled, "models": trained})


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"method": "superpixel"},
            "'markov', 'superpixels', 'watershed', 'edges', 'region_growing'",
        ),
        (
            {"method": "superpixels", "compactnes": 1},
            "refinements.regions.compactnes.*'compactness'",
        ),
        (
            {"method": "edges", "detector": "prewitt"},
            "refinements.regions.detector.*'sobel' or 'canny'",
        ),
        (
            {"method": "region_growing", "seed_probability": 0},
            "refinements.regions.seed_probability.*greater than 0",
        ),
        ({"method": "watershed", "search": {}}, "refinements.regions.search.*unknown"),
    ],
)
def test_regions_that_cannot_be_drawn_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=f"(?s){message}"):
        parse_config({**MINIMAL, "refinements": {"regions": settings}})


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"architecture": "gamma_likelihood", "looks": 4},
            "architecture is gamma_likelihood, which needs band",
        ),
        (
            {"architecture": "gamma_likelihood", "band": "red"},
            "architecture is gamma_likelihood, which needs looks",
        ),
        (
            {"architecture": "rayleigh_likelihood", "band": "red", "looks": 4},
            "looks is 4.0, but architecture is rayleigh_likelihood, which has none",
        ),
        (
            {"architecture": "gaussian_likelihood", "band": "red"},
            "band is red, but .* gaussian_likelihood",
        ),
        (
            {"architecture": "rayleigh_likelihood", "band": "vv"},
            "models.sar.band is 'vv', but the bands are red, green, blue",
        ),
        (
            {"architecture": "gama_likelihood"},
            (
                "models.sar.architecture.*'gaussian_likelihood', 'gamma_likelihood'.*did you mean "
                "'gamma_likelihood'"
            ),
        ),
    ],
)
def test_a_likelihood_that_cannot_be_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=f"(?s){message}"):
        parse_config({**MINIMAL, "models": {"sar": settings}})


def chosen(*networks: str, **changes: Any) -> dict[str, Any]:
    refinements = {
        "argmax": {"method": "argmax"},
        "crf": {"method": "densecrf", "models": list(networks)},
    }
    return {**MINIMAL, "models": MEMBERS, "refinements": refinements, **changes}


def test_a_refinement_may_name_its_networks() -> None:
    assert parse_config(chosen("forest")).maps == (
        ("unet", "argmax"),
        ("forest", "argmax"),
        ("forest", "crf"),
    )


def test_maps_are_all_pairs_where_no_networks_are_named() -> None:
    run = parse_config(
        {**chosen("unet"), "refinements": {"a": {"method": "argmax"}, "b": {"method": "argmax"}}}
    )
    assert run.maps == (("unet", "a"), ("unet", "b"), ("forest", "a"), ("forest", "b"))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            chosen("linknet"),
            "refinements.crf.models names 'linknet', but the models are unet, forest",
        ),
        (
            {**chosen(), "refinements": {"crf": {"method": "densecrf", "models": ["forest"]}}},
            "models.unet is in the `models` of no refinement",
        ),
        (
            {**chosen(), "refinements": {"crf": {"method": "densecrf", "models": []}}},
            "at least 1",
        ),
    ],
)
def test_refinements_of_networks_that_do_not_fit_are_refused(
    values: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        parse_config(values)
