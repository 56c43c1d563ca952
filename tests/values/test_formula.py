"""The language of formulas: what it says, how it is printed, how its faults are told."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rs_seg.algorithms.classical.features import compute_features
from rs_seg.values.formula import (
    BandName,
    Call,
    Component,
    Formula,
    FormulaError,
    Number,
    Weighted,
    bands_of,
    find_unsettled,
    is_settled,
    reach_of,
    replace_parts,
)
from rs_seg.values.formula_parser import parse_feature, parse_formula

BANDS: dict[str, Formula] = {
    name: BandName(name) for name in ("nir", "red", "dsm", "near infrared", "it's", "b-1")
}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("nir - red - dsm", "((nir - red) - dsm)"),
        ("nir + red * dsm", "(nir + (red * dsm))"),
        ("-nir ** 2", "(-(nir ** 2.0))"),
        ("nir ** red ** 2", "(nir ** (red ** 2.0))"),
        ("2**-1 * nir", "((2.0 ** (-1.0)) * nir)"),
        ("(nir - red)/(nir+red)", "((nir - red) / (nir + red))"),
        ("minimum(nir, abs(-red))", "minimum(nir, abs((-red)))"),
        ("dsm - opening(dsm, 61)", "(dsm - opening(dsm, 61))"),
        ("'near infrared' - 'it''s'", "('near infrared' - 'it''s')"),
        (".5e-3 * nir", "(0.0005 * nir)"),
    ],
)
def test_formulas_rank_as_in_python(text, meant):
    assert str(parse_formula(text, BANDS)) == meant


numbers = st.floats(0, 1e9).map(Number)
SUMS = [Weighted(("nir", "it's"), (0.5, -2e-7), -3.0), Component("pca", 2, ("red", "b-1", "nir"))]
leaves = st.one_of(st.sampled_from([*BANDS.values(), *SUMS]), numbers)


def extend(inner: st.SearchStrategy[Formula]) -> st.SearchStrategy[Formula]:
    of_bands = inner.filter(bands_of)
    return st.one_of(
        st.builds(
            lambda sign, a, b: Call(sign, (a, b)),
            st.sampled_from(["+", "-", "*", "/", "**"]),
            inner,
            inner,
        ),
        st.builds(
            lambda name, a: Call(name, (a,)), st.sampled_from(["negative", "sqrt", "log"]), inner
        ),
        st.builds(lambda a, size: Call("std", (a,), size), of_bands, st.sampled_from([3, 9, 255])),
        st.builds(lambda a: Call("glcm_energy", (a,), 5, (-0.5, 3e6)), of_bands),
        st.builds(lambda a: Call("glcm_entropy", (a,), 5), of_bands),
        st.builds(lambda a, bin_: Call("hog", (a,), 7, (bin_,)), of_bands, st.integers(1, 9)),
    )


@given(st.recursive(leaves, extend, max_leaves=12))
def test_a_printed_formula_is_read_as_the_same(formula):
    assert parse_formula(str(formula), BANDS) == formula


@given(st.text(alphabet="nired mean()+-*/.,'159\n", max_size=20))
def test_any_text_is_a_formula_or_told_with_its_place(text):
    told = ""
    try:
        parse_formula(text, BANDS)
    except FormulaError as error:
        told = str(error)
    assert not told or "character" in told


def test_indices_are_written_out_and_reach_is_summed():
    names = {**BANDS, "ndvi": parse_formula("(nir - red) / (nir + red)", BANDS)}
    formula = parse_formula("mean(std(ndvi, 7), 5) + opening(dsm, 3)", names)
    assert str(formula) == "(mean(std(((nir - red) / (nir + red)), 7), 5) + opening(dsm, 3))"
    assert bands_of(formula) == {"nir", "red", "dsm"}
    assert reach_of(formula) == 3 + 2
    assert reach_of(parse_formula("opening(dsm, 61)", names)) == 60
    assert reach_of(names["ndvi"]) == 0


def test_a_feature_is_a_band_however_it_is_spelt():
    assert parse_feature("b-1", BANDS) == BandName("b-1")
    assert parse_feature("near infrared", BANDS) == BandName("near infrared")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nri + red", "formula 'nri .*character 1: unknown name 'nri' .did you mean 'nir'"),
        ("red + sdt(nir, 3)", "character 7: unknown function 'sdt' .did you mean 'std'"),
        ("std(nir, 4)", "character 10: found '4' for the window of std, expected an odd number"),
        ("std(nir, 257)", "from 3 to 255"),
        ("std(nir, 3.0)", "found '3.0'"),
        ("std(nir)", "character 8: found '.', expected ','"),
        ("sqrt(nir, 3)", "expected '.'"),
        ("mean(nir, 3, 5)", "expected '.'"),
        ("hog(nir, 3)", "hog takes 1 numbers at its end, found 0"),
        ("hog(nir, 3, 10)", "character 13: found 10 for the orientation of hog, expected a whole"),
        ("hog(nir, 3, 1.5)", "found 1.5 for the orientation"),
        ("lee(nir, 5)", "lee takes 1 numbers at its end, found 0"),
        ("lee(nir, 5, 0)", "the number of looks of lee must be above 0"),
        ("refined_lee(nir, 9, 4)", "found '9' for the window of refined_lee, expected 7"),
        ("hog(nir, 3, red)", "found 'red', expected a number"),
        ("glcm_contrast(nir, 3, 5)", "takes 0 or 2 numbers at its end, found 1"),
        ("glcm_contrast(nir, 3, 5, 5)", "the bounds of glcm_contrast must rise"),
        ("glcm(nir, 3)", "unknown function 'glcm'"),
        (
            "pca(7)",
            "character 5: found 7 for the component of pca, expected a whole number from 1 to 6",
        ),
        ("pca(0)", "found 0 for the component"),
        ("pca(nir)", "found 'nir', expected a number"),
        ("pca(1, nir)", "pca needs two or more different bands"),
        ("pca(1, nir, nir)", "two or more different bands"),
        ("mnf(1, nir, nri)", "unknown name 'nri'"),
        ("weighted(nir, 2)", "expected ','"),
        ("weighted(nir, 2, nir, 3, 0)", "character 18: the band 'nir' has a weight already"),
        ("weighted(nir, 2, red)", "expected ','"),
        ("mean(3, 5)", "looks around in a constant"),
        ("(nir", "found 'the end', expected"),
        ("nir +", "character 6: it ends too early"),
        ("", "ends too early"),
        ("nir red", "character 5: found 'red', expected an operator"),
        ("nir $ red", "character 5: found '.', which is no part"),
        ("1e999 * nir", "too large"),
        ("nir.real", "no part"),
        ("__import__('os')", "unknown function '__import__'"),
        ("(" * 300, "nested too deeply"),
        ("-" * 300 + "nir", "nested too deeply|levels"),
        ("**".join(["nir"] * 60), "levels|nested too deeply"),
        ("abs(" * 45 + "nir" + ")" * 45, "41 levels"),
        ("nir-(" * 45 + "nir" + ")" * 45, "levels"),
        ("+".join(["nir"] * 152), "more than 150 operators in a row; put parts"),
        ("+".join([f"({'*'.join(['nir'] * 50)})"] * 10), "1000 parts"),
        ("nir + " * 10_000 + "nri", "150 operators"),
    ],
)
def test_faults_are_told_with_their_place(text, told):
    with pytest.raises(FormulaError, match=told):
        parse_formula(text, BANDS)


@pytest.mark.parametrize("signs", ["+", "-", "*", "/", "+-", "*/"])
def test_chains_of_many_terms_are_no_depth(signs):
    terms = [f"1.{number:03} {signs[number % len(signs)]} " for number in range(149)]
    formula = parse_formula("".join(terms) + "nir", BANDS)
    assert parse_formula(str(formula), BANDS) == formula
    assert bands_of(formula) == {"nir"}
    assert reach_of(formula) == 0
    pixels = np.full((1, 2, 2), 2.0, dtype=np.float32)
    assert compute_features([formula], ["nir"], pixels)[0, 0, 0] == pytest.approx(
        eval_chain(str(formula)), rel=1e-5
    )


def eval_chain(text):
    """The value where nir is 2, from left to right."""
    value, sign = 0.0, "+"
    for word in text.strip("()").replace("(", "").replace(")", "").split():
        if word in "+-*/":
            sign = word
            continue
        number = 2.0 if word == "nir" else float(word)
        value = {
            "+": value + number,
            "-": value - number,
            "*": value * number,
            "/": value / number,
        }[sign]
    return value


def test_short_chains_are_printed_as_ever():
    terms = [f"{number}.0" for number in range(1, 23)]
    assert str(parse_formula("+".join(terms[:21]), BANDS)).startswith(
        "(" * 20 + "1.0 + 2.0) + 3.0)"
    )
    assert str(parse_formula("+".join(terms), BANDS)).startswith("(" * 20 + "1.0 + 2.0) + 3.0)")
    assert str(parse_formula("+".join(terms), BANDS)).endswith("+ 21.0 + 22.0)")


def test_a_chain_of_deep_terms_is_as_deep_as_they_are():
    deep = parse_formula("abs(" * 30 + "nir" + ")" * 30, BANDS)
    names = {**BANDS, "deep": deep}
    parse_formula("nir + " * 50 + "deep + nir", names)
    with pytest.raises(FormulaError, match="41 levels"):
        parse_formula("abs(" * 10 + "nir + deep" + ")" * 10, names)
    same = parse_formula("nir + nir", BANDS)
    for _ in range(7):
        same = parse_formula("x + x", {"x": same})
    assert same.depth == 8, "the second of two equal terms counts"


def test_indices_that_double_at_every_step_end():
    formula = parse_formula("nir * nir", BANDS)
    for _ in range(7):
        formula = parse_formula("x * x", {"x": formula})
    with pytest.raises(FormulaError, match="1000 parts"):
        parse_formula("x * x * x", {"x": formula})


def test_components_are_of_bands_and_reach_as_far_as_what_stands_around_them():
    names = {
        "nir": BandName("nir"),
        "red": BandName("red"),
        "sum": parse_formula("nir + red", BANDS),
    }
    formula = parse_formula("std(pca(2), 7)", names)
    assert formula == Call("std", (Component("pca", 2, ("nir", "red")),), 7)
    assert bands_of(formula) == {"nir", "red"}
    assert reach_of(formula) == 3
    assert reach_of(parse_formula("hog(nir, 5, 1)", names)) == 3
    with pytest.raises(FormulaError, match="'sum' is an index, expected a band"):
        parse_formula("pca(1, nir, sum)", names)


def test_what_training_finds_is_put_in_the_place_of_what_asks_for_it():
    formula = parse_formula("glcm_energy(pca(1, nir, red), 5) + glcm_energy(nir, 5, 0, 1)", BANDS)
    component = Component("pca", 1, ("nir", "red"))
    assert find_unsettled(formula) == {component}
    first = replace_parts(formula, {component: Weighted(("nir", "red"), (1.0, 2.0), 0.0)})
    (texture,) = find_unsettled(first)
    assert isinstance(texture, Call)
    settled = replace_parts(first, {texture: Call("glcm_energy", texture.arguments, 5, (0.0, 9.0))})
    assert is_settled(settled)
    assert str(settled) == (
        "(glcm_energy(weighted(nir, 1.0, red, 2.0, 0.0), 5, 0.0, 9.0) + glcm_energy(nir, 5, 0.0, "
        "1.0))"
    )


def test_a_feature_without_a_band_is_refused():
    with pytest.raises(FormulaError, match="looks at no band"):
        parse_feature("2 * 3", BANDS)


WORDS = [
    "pca",
    "weighted",
    "hog",
    "glcm_energy",
    "nir",
    "red",
    "'it''s'",
    "mean",
    "abs",
    "opening",
    *"(),+-*/ü ",
    "**",
    "3",
    "1e9",
    ".5",
]


def parse_or_explain(text):
    """Any other error than a FormulaError fails the test.

    A formula that is read is written and read again the same.
    """
    try:
        formula = parse_formula(text, BANDS)
    except FormulaError:
        return
    assert parse_formula(str(formula), BANDS) == formula


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
@example("(" * 100_000)
@example("-" * 100_000 + "nir")
@example("abs(" * 500 + "nir")
@example("nir ** " * 500 + "2")
@example("9" * 10_000)
@example(f"mean(nir, {'9' * 10_000})")
@example("mean(nir, ³)")
@example("\0")
def test_any_text_is_a_formula_or_a_formula_error(text):
    parse_or_explain(text)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=25))
def test_any_words_of_formulas_are_one_or_a_formula_error(words):
    parse_or_explain("".join(words))
