"""Samples of published maps, and the figures that were printed or computed from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rs_seg.areas import (
    Assumption,
    Estimates,
    Figure,
    Sample,
    Strata,
    assume,
    sample_from_matrix,
    tabulate,
)


@dataclass(frozen=True)
class Study:
    """Counts of strata (rows) against reference classes (columns), and the sizes of strata."""

    names: tuple[str, ...]
    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    sizes: tuple[float, ...]
    mapped: tuple[tuple[str, str], ...] = ()

    @property
    def strata(self) -> Strata:
        return Strata.of(dict(zip(self.names, self.sizes, strict=True)))

    def sample(self, **mapped: str) -> Sample:
        return sample_from_matrix(
            self.strata, self.counts, rows=self.names, columns=self.classes, mapped=mapped
        )

    def assumption(self) -> Assumption:
        shares = dict(zip(self.names, self.counts, strict=True))
        return assume(self.strata, shares, classes=self.classes, mapped=dict(self.mapped))


DISTURBED = ("deforestation", "gain", "forest", "other")
OLOFSSON_2014 = Study(
    DISTURBED,
    DISTURBED,
    ((66, 0, 5, 4), (0, 55, 8, 12), (1, 0, 153, 11), (2, 1, 9, 313)),
    (200_000, 150_000, 3_200_000, 6_450_000),
)
"""Olofsson et al. 2014, table 8; pixels of 0.09 ha."""
OLOFSSON_2013_1 = Study(
    ("loss", "forest", "other"),
    ("loss", "forest", "other"),
    ((97, 0, 3), (3, 279, 18), (2, 1, 97)),
    (22_353, 1_122_543, 610_228),
)
"""Olofsson et al. 2013, example 1."""
OLOFSSON_2013_2 = Study(
    ("loss", "forest", "other"),
    ("loss", "forest", "other"),
    ((127, 66, 54), (2, 322, 17), (0, 15, 540)),
    (0.007, 0.295, 0.698),
)
"""Olofsson et al. 2013, example 2; rows of different sizes."""
COLOMBIA = Study(
    ("forest", "other", "disturbance", "buffer"),
    ("forest", "other", "disturbance"),
    ((271, 3, 1), (6, 193, 1), (2, 1, 27), (23, 0, 7)),
    (0.551, 0.407, 0.0137, 0.0287),
    (("buffer", "forest"),),
)
"""OpenMRV training material (CC-BY 3.0 IGO): forest change in Colombia, with a buffer stratum."""
TINIGUA = Study(
    ("forest", "change", "other"),
    ("forest", "change", "other"),
    ((287, 1, 25), (3, 43, 4), (11, 1, 127)),
    (145_078.56, 5_703.75, 64_029.69),
)
"""Example of AcATaMa: Tinigua, Colombia, in hectares."""

STRATA = dict(zip("ABCD", (40_000, 30_000, 20_000, 10_000), strict=True))
STRATUM = "A" * 10 + "B" * 10 + "C" * 10 + "D" * 10
MAPPED = "AAAAAAABBB" + "ABBBBBBBBB" + "BBCCCCCCBB" + "DDDDDDDDDD"
REFERENCE = "AAAAACBABC" + "ABBBBBAABB" + "CCCCCDDBBA" + "DDDDDDDCCB"
"""Stehman 2014, table 2: ten units in each of four strata that are no classes of the map."""


def designs() -> list[tuple[str, Study, tuple[int, ...]]]:
    """Designs whose intervals were measured."""
    return [
        ("2014 proportional", OLOFSSON_2014, (13, 10, 205, 413)),
        ("2014 with 75 each", OLOFSSON_2014, (75, 75, 165, 325)),
        ("2014 equal", OLOFSSON_2014, (160, 160, 160, 160)),
        ("2013, 1, as done", OLOFSSON_2013_1, (100, 300, 100)),
        ("2013, 1, 50 each", OLOFSSON_2013_1, (50, 50, 50)),
        ("2013, 2, as done", OLOFSSON_2013_2, (247, 341, 555)),
        ("2013, 2, 100 each", OLOFSSON_2013_2, (100, 100, 100)),
        ("Colombia, as done", COLOMBIA, (275, 200, 30, 30)),
        ("Colombia, 100 each", COLOMBIA, (100, 100, 100, 100)),
        ("Tinigua, as done", TINIGUA, (313, 50, 139)),
        ("Tinigua, 50 each", TINIGUA, (50, 50, 50)),
    ]


def close(found: object, expected: object, digits: int = 10) -> None:
    """Compares to so many digits after the point; the last was rounded by some, cut by others."""
    np.testing.assert_allclose(
        np.asarray(found, float), np.asarray(expected, float), rtol=0, atol=10.0**-digits
    )


def stehman(
    stratum: str = STRATUM,
    mapped: str = MAPPED,
    reference: str = REFERENCE,
    *,
    sizes: dict[str, int] | None = None,
    finite: bool = True,
) -> Sample:
    sizes = STRATA if sizes is None else sizes
    strata = Strata.of(sizes, units=sizes if finite else None)
    return tabulate(strata, stratum=list(stratum), mapped=list(mapped), reference=list(reference))


def values(estimates: Estimates, figure: Figure) -> list[float]:
    return [found.value for found in estimates.of_classes(figure).values()]


def errors(estimates: Estimates, figure: Figure) -> list[float]:
    return [found.error for found in estimates.of_classes(figure).values()]


def check(estimates: Estimates, figure: Figure, of: str | None, value: float, error: float) -> None:
    found = estimates.get(figure, of)
    close([found.value, found.error], [value, error])
