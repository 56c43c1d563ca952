"""Names of the bands of a source, and how they were found."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from rs_seg.cli.initialising.rasters import RasterFacts
from rs_seg.values.names import find_name_fault
from rs_seg.values.wavelengths import name_wavelength

PHOTOGRAPH = ("red", "green", "blue")
FALSE_COLOURS = {"cir", "irrg", "nrg", "irg", "nirrg"}
"""Words for images of near infrared, red and green; their tags are often those of photographs."""
LONGEST = 60
"""Characters of a description that is taken as a name."""
LANDSAT_OLI = {2: "blue", 3: "green", 4: "red", 5: "nir", 6: "swir1", 7: "swir2"}
LANDSAT_TM = {1: "blue", 2: "green", 3: "red", 4: "nir", 5: "swir1", 7: "swir2"}
SENSORS = (
    (re.compile(r"lc0?[89]\w*|landsat_?[89]|l[89]"), LANDSAT_OLI),
    (re.compile(r"(le0?7|lt0?[45])\w*|l(and)?sat_?[457]|etm|tm"), LANDSAT_TM),
)
"""Bands of Landsat by number (USGS), by words for the satellite."""
GUESSED = "guessed by their number: compare with your data"


class BandNaming(NamedTuple):
    """Names in file order, and a remark for the configuration."""

    names: tuple[str, ...]
    remark: str


def name_bands(kind: str, files: Sequence[RasterFacts], folder: str) -> BandNaming:
    """Names of the bands of a source whose files hold the `kind`.

    By description, colour or wavelength where all files say the same; else by the name of the
    file, or by the number of bands.
    """
    first = files[0]
    for told, remark in (
        (_from_descriptions, "as the files describe them"),
        (_from_false_colours, "guessed by the name of the files: near infrared, red, green"),
        (_from_colors, "by the colours of the files"),
        (_from_wavelengths, "by the wavelengths of the files"),
    ):
        names = told(first)
        if names and all(told(other) == names for other in files):
            return BandNaming(names, remark)
    if first.count == 1:
        return _from_file_name(kind, first, folder)
    return _from_number(first)


def _from_descriptions(facts: RasterFacts) -> tuple[str, ...]:
    names = tuple(text.strip() for text in facts.descriptions)
    usable = [len(name) <= LONGEST and find_name_fault(name) is None for name in names]
    telling = [not re.fullmatch(r"((band|layer)?[ _]?\d+)?", name.lower()) for name in names]
    if sum(telling) < len(names) / 2 or not any(telling):
        return ()
    names = tuple(
        name if fits and tells else f"band {number}"
        for number, (name, fits, tells) in enumerate(zip(names, usable, telling, strict=True), 1)
    )
    return names if len({name.lower() for name in names}) == len(names) else ()


def _from_false_colours(facts: RasterFacts) -> tuple[str, ...]:
    named = any(word.lower() in FALSE_COLOURS for word in facts.tokens)
    return ("nir", "red", "green") if named and facts.count == 3 else ()


def _from_colors(facts: RasterFacts) -> tuple[str, ...]:
    distinct = len(set(facts.colors)) == facts.count and all(facts.colors)
    return facts.colors if distinct and "alpha" not in facts.colors else ()


def _from_wavelengths(facts: RasterFacts) -> tuple[str, ...]:
    names = tuple(name_wavelength(there) for there in facts.wavelengths if there is not None)
    return names if len(set(names)) == facts.count else ()


def _from_file_name(kind: str, facts: RasterFacts, folder: str) -> BandNaming:
    """The only band of a file: by its number on a Landsat, else by what tells the file apart."""
    number = re.fullmatch(r"(?:b|band|sr_b)?_?0*(\d{1,2})(0?)", kind.lower())
    words = [word.lower() for word in re.findall(r"[^\W_]+", f"{folder} {facts.name}")]
    for sensor, bands in SENSORS:
        if number and any(sensor.fullmatch(word) for word in words):
            known = bands.get(int(number[1])) or bands.get(int(number[1]) // 10)
            if known:
                return BandNaming((known,), "guessed by its number, as of this satellite")
    if kind == "image":
        return BandNaming(("pan" if "pan" in words else "grey",), "one band, named by us")
    return BandNaming((kind.upper() if re.fullmatch(r"b\d+a?", kind) else kind,), "")


def _from_number(facts: RasterFacts) -> BandNaming:
    if facts.count in (3, 4):
        return BandNaming((*PHOTOGRAPH, "nir")[: facts.count], GUESSED)
    digits = len(str(facts.count))
    names = tuple(f"B{number:0{digits}d}" for number in range(1, facts.count + 1))
    return BandNaming(names, "in the order of the file, which says no names")


def tell_apart(namings: dict[str, BandNaming]) -> dict[str, BandNaming]:
    """The same with names that no two bands share: the name of the source before those that do."""
    given = [name for naming in namings.values() for name in naming.names]
    twice = {name for name in given if given.count(name) > 1}
    return {
        source: naming._replace(
            names=tuple(f"{source}_{name}" if name in twice else name for name in naming.names)
        )
        for source, naming in namings.items()
    }
