"""R's `survey`, which statisticians use, gives the same estimates and standard errors.

On Debian it is the package r-cran-survey; without it these tests are skipped.
"""

from __future__ import annotations

import csv
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from rs_seg.areas import (
    Estimates,
    Figure,
    Strata,
    estimate,
    estimate_clusters,
    tabulate,
    tabulate_clusters,
)
from tests.algorithms.areas.published import MAPPED, REFERENCE, STRATA, STRATUM

R = shutil.which("Rscript")
SCRIPT = """
suppressMessages(library(survey))
units <- read.csv("units.csv", colClasses = c(s = "character", m = "character", r = "character"))
DESIGN
both <- as.numeric(units$m == units$r)
design <- update(design, agreed = both)
say <- function(name, class, it) cat(name, class, sprintf("%.12f %.12f\\n", coef(it), SE(it)))
say("overall_accuracy", "-", svymean(~agreed, design))
for (k in sort(unique(units$r))) {
  design <- update(design, mk = as.numeric(m == k), rk = as.numeric(r == k),
                   tp = as.numeric(m == k & r == k), either = as.numeric(m == k | r == k))
  design <- update(design, twice = 2 * tp, sum2 = mk + rk)
  say("area_share", k, svymean(~rk, design))
  if (any(units$m == k)) say("users_accuracy", k, svyratio(~tp, ~mk, design))
  say("producers_accuracy", k, svyratio(~tp, ~rk, design))
  say("f1", k, svyratio(~twice, ~sum2, design))
  say("iou", k, svyratio(~tp, ~either, design))
}
"""
STRATIFIED = "design <- svydesign(ids = ~1, strata = ~s, fpc = ~n, data = units)"
CLUSTERED = "design <- svydesign(ids = ~c, strata = ~s, weights = ~w, nest = TRUE, data = units)"
CLUSTERED_OF_SOME = (
    "design <- svydesign(ids = ~c, strata = ~s, weights = ~w, fpc = ~n, nest = TRUE, data = units)"
)
IN_TWO_STAGES = (
    "units$big <- 1e12; units$one <- seq_len(nrow(units))\n"
    "design <- svydesign(ids = ~c + one, strata = ~s, weights = ~w, fpc = ~n + big, nest = TRUE, "
    "data = units)"
)


@pytest.fixture(scope="module", autouse=True)
def survey() -> None:
    if R is None:
        pytest.skip("R is missing: sudo apt-get install r-cran-survey")
    found = subprocess.run([R, "-e", "library(survey)"], capture_output=True, check=False)
    if found.returncode != 0:
        pytest.skip("R has no survey: sudo apt-get install r-cran-survey")


def ask_r(folder: Path, design: str, columns: dict[str, Sequence[object]]) -> list[list[str]]:
    with (folder / "units.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    (folder / "ask.R").write_text(SCRIPT.replace("DESIGN", design), encoding="utf-8")
    assert R is not None
    run = subprocess.run([R, "ask.R"], cwd=folder, capture_output=True, text=True, check=True)
    return [line.split() for line in run.stdout.splitlines()]


def check(found: Estimates, lines: list[list[str]]) -> None:
    assert len(lines) > 10
    for name, of, value, error in lines:
        figure: Figure = name  # type: ignore[assignment]
        expected = found.get(figure, None if of == "-" else of)
        np.testing.assert_allclose(
            [expected.value, expected.error], [float(value), float(error)], rtol=1e-9, atol=1e-11
        )


def test_stratified_ratios_agree(tmp_path: Path) -> None:
    columns = {"s": STRATUM, "m": MAPPED, "r": REFERENCE, "n": [STRATA[name] for name in STRATUM]}
    sample = tabulate(
        Strata.of(STRATA, units=STRATA),
        stratum=list(STRATUM),
        mapped=list(MAPPED),
        reference=list(REFERENCE),
    )
    check(estimate(sample), ask_r(tmp_path, STRATIFIED, columns))


def test_strata_with_different_numbers_of_units_agree(tmp_path: Path) -> None:
    few = [text[:6] + text[10:] for text in (STRATUM, MAPPED, REFERENCE)]
    columns = dict(zip("smr", few, strict=True))
    sizes = {"A": 12, "B": 30_000, "C": 20, "D": 10_000}
    sample = tabulate(
        Strata.of(sizes, units=sizes),
        stratum=list(columns["s"]),
        mapped=list(columns["m"]),
        reference=list(columns["r"]),
    )
    of_units = [sizes[name] for name in columns["s"]]
    check(estimate(sample), ask_r(tmp_path, STRATIFIED, {**columns, "n": of_units}))


@pytest.mark.parametrize(
    ("design", "clusters", "complete"),
    [(CLUSTERED, None, False), (CLUSTERED_OF_SOME, 9, True), (IN_TWO_STAGES, 9, False)],
    ids=["of many", "complete clusters of some", "of some"],
)
def test_clusters_of_different_sizes_agree(
    tmp_path: Path, design: str, clusters: int | None, complete: bool
) -> None:
    rng = np.random.default_rng(8)
    many = 90
    stratum = rng.choice(list("ab"), many)
    cluster = rng.integers(0, 7, many)
    mapped = rng.choice(list("xyz"), many)
    reference = np.where(rng.random(many) < 0.7, mapped, rng.choice(list("xyz"), many))
    weight = np.where(stratum == "a", 10.0, 25.0) + cluster
    found = estimate_clusters(
        tabulate_clusters(
            stratum=stratum, cluster=cluster, mapped=mapped, reference=reference, weight=weight
        ),
        clusters=None if clusters is None else {"a": clusters, "b": clusters},
        complete=complete,
    )
    columns = {"s": stratum, "c": cluster, "m": mapped, "r": reference, "w": weight}
    check(found, ask_r(tmp_path, design, {**columns, "n": [clusters or 0] * many}))
