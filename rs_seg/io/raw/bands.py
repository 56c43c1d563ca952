"""Which bands of a raw raster are meant: by the names in the file, else by their order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rasterio.enums import ColorInterp

from rs_seg.errors import UserError
from rs_seg.io.raw.wavelengths import find_nearest, read_wavelengths
from rs_seg.values.band_names import band_key
from rs_seg.values.wavelengths import parse_wavelength

SPECTRUM = {
    "red",
    "green",
    "blue",
    "yellow",
    "nir",
    "rededge",
    "swir",
    "mwir",
    "pan",
    "coastal",
    "thermal",
    "alpha",
}
"""Parts of the spectrum that a file can name; one contradicts any other."""
COLORS = {color: color.name for color in ColorInterp if color.name in SPECTRUM} | {
    ColorInterp.tir: "thermal"
}
"""What a colour interpretation says of a band; the others say nothing."""
DISPLAYED = ("red", "green", "blue")
"""Colours that GDAL gives the first three bands of a file unless it is told: of themselves they say
nothing."""
MOST_TOLD = 12
"""Bands that a note lists."""
OTHER_NUMBER = "number of bands differs from the configuration"
CONTRADICTED = "bands are not what the configuration names them"
"""What is said of files with other bands than those that are named."""


@dataclass(frozen=True)
class BandChoice:
    """Numbers (from 1) of the wanted bands in their order, and of the alpha band, if any.

    `alpha` is the band that is tagged as transparency; it may be one of the wanted bands. `notes`
    say what people should know of the choice.
    """

    indexes: tuple[int, ...]
    alpha: int | None
    notes: tuple[str, ...] = ()


def choose_bands(
    dataset: Any, names: Sequence[str] | int, path: Path, *, match: bool = True
) -> tuple[BandChoice | None, list[UserError]]:
    """The bands of an open raster that are meant by `names`, or None and the faults.

    Where the file describes its bands and every name is among the descriptions, these say which
    band is which; where every name is a wavelength and the file states those, the nearest ones do.
    Else names are in the order of the file (an alpha band that is not named is left out), and must
    not contradict what the file says of single bands by description or colour. A number of names,
    or `match` false, takes the order as it is.
    """
    alphas = [
        index
        for index, color in enumerate(dataset.colorinterp, start=1)
        if color == ColorInterp.alpha
    ]
    if isinstance(names, int):
        names, match = [""] * names, False
    try:
        stated = _find_stated(dataset, names, path) if match else None
    except UserError as error:
        return None, [error]
    if stated is not None:
        spare = [index for index in alphas if index not in stated]
        return BandChoice(stated, next(iter(spare), None), _tell_order(dataset, names, stated)), []
    indexes = _in_order(dataset.count, len(names), alphas)
    if indexes is None:
        return None, [_wrong_number(dataset, names, path)]
    contradictions = _find_contradictions(dataset, names, indexes) if match else []
    if contradictions:
        return None, [_contradicted(contradictions, dataset, path)]
    spare = [index for index in alphas if index not in indexes]
    return BandChoice(
        indexes, next(iter([*spare, *alphas]), None), _tell_unknown(dataset, names, match=match)
    ), []


def says_bands(dataset: Any, names: Sequence[str], path: Path) -> bool:
    """Whether a file itself says which of its bands are meant; false: they are taken in order.

    It says so by descriptions or wavelengths. The colours of a photograph say nothing: GDAL gives
    them to any three bands.

    Raises:
        UserError: the file has no band of a wavelength.
    """
    return _find_stated(dataset, names, path) is not None


def drop_bands(
    names: Sequence[str] | int, choice: BandChoice, dropped: Collection[str]
) -> tuple[Sequence[str] | int, BandChoice]:
    """Names and choice without the dropped bands; unchanged where bands have no names."""
    if isinstance(names, int) or not dropped:
        return names, choice
    remaining = [pair for pair in zip(names, choice.indexes, strict=True) if pair[0] not in dropped]
    return [name for name, _ in remaining], replace(
        choice, indexes=tuple(index for _, index in remaining)
    )


def read_descriptions(dataset: Any) -> tuple[str | None, ...]:
    """Descriptions of all bands; None where a band has none.

    All are None where the text of the file is not UTF-8.
    """
    try:
        return tuple(dataset.descriptions)
    except UnicodeDecodeError:
        return (None,) * int(dataset.count)


def _base(key: str) -> str:
    """The part of the spectrum without a number: nir1 does not contradict nir."""
    return key.rstrip("0123456789")


def _find_stated(dataset: Any, names: Sequence[str], path: Path) -> tuple[int, ...] | None:
    """The band of each name, found by descriptions or wavelengths; None: by their order.

    Raises:
        UserError: the file has no band of a wavelength.
    """
    described = _find_described(dataset, names)
    if described is not None or any(parse_wavelength(name) is None for name in names):
        return described
    stated = read_wavelengths(dataset)
    return (
        None
        if all(wavelength is None for wavelength in stated)
        else find_nearest(stated, names, path)
    )


def _find_described(dataset: Any, names: Sequence[str]) -> tuple[int, ...] | None:
    """The band of each name by description; None where not each name is described once."""
    keys = [band_key(description or "") for description in read_descriptions(dataset)]
    wanted = [band_key(name) for name in names]
    if len(set(wanted)) < len(wanted) or any(keys.count(key) != 1 for key in wanted):
        return None
    return tuple(keys.index(key) + 1 for key in wanted)


def _in_order(count: int, wanted: int, alphas: Sequence[int]) -> tuple[int, ...] | None:
    if count == wanted:
        return tuple(range(1, count + 1))
    without = tuple(index for index in range(1, count + 1) if index not in alphas)
    return without if len(without) == wanted else None


def _find_contradictions(dataset: Any, names: Sequence[str], indexes: Sequence[int]) -> list[str]:
    colors = _telling_colors(dataset, names)
    descriptions = read_descriptions(dataset)
    own = {band_key(name) for name in names}
    contradictions = []
    for name, index in zip(names, indexes, strict=True):
        description = descriptions[index - 1]
        said, how = band_key(description or ""), f"described as {description!r}"
        if said not in own and _base(said) not in SPECTRUM and index in colors:
            said, how = colors[index], f"tagged as {colors[index]}"
        if _contradict(said, band_key(name), own):
            contradictions.append(f"band {index} is {how}, but named {name!r}")
    return contradictions


def _contradict(said: str, meant: str, own: set[str]) -> bool:
    """Whether the file calls a band something that contradicts its name.

    That is another part of the spectrum, or another of the `own` names.

    Names that are of no part of the spectrum (b1, vv) are contradicted by each other only. A band
    of transparency is judged by its values.
    """
    if not said or said == "alpha" or _base(said) == _base(meant):
        return said != meant and said in own
    return said in own or (_base(said) in SPECTRUM and _base(meant) in SPECTRUM)


def _telling_colors(dataset: Any, names: Sequence[str]) -> dict[int, str]:
    """Colours by band, where they say something.

    They do in another order than GDAL's own, and where the names are the same colours.
    """
    colors = [COLORS.get(color, "") for color in dataset.colorinterp]
    same = {band_key(name) for name in names[:3]} == set(DISPLAYED)
    first = 1 if tuple(colors[:3]) != DISPLAYED or same else 4
    return {index: color for index, color in enumerate(colors, start=1) if color and index >= first}


def _tell_order(dataset: Any, names: Sequence[str], indexes: Sequence[int]) -> tuple[str, ...]:
    if indexes == tuple(range(1, len(names) + 1)) and dataset.count - len(names) <= 1:
        return ()
    pairs = list(zip(names, indexes, strict=True))
    places = ", ".join(f"{name} is band {index}" for name, index in pairs[:MOST_TOLD])
    places += ", ..." if len(pairs) > MOST_TOLD else ""
    left = dataset.count - len(indexes)
    rest = f"; {left} other bands of the file are not used" if left else ""
    by = "descriptions" if _find_described(dataset, names) == indexes else "wavelengths"
    return (f"bands are found by their {by}: {places}{rest}",)


def _tell_unknown(dataset: Any, names: Sequence[str], *, match: bool) -> tuple[str, ...]:
    """What to say where a file describes its bands in words that the configuration does not use."""
    told = read_descriptions(dataset)
    descriptions = [description for description in told if description]
    numbered = all(
        band_key(description or "") == f"b{index}"
        for index, description in enumerate(told, start=1)
    )
    if not match or not descriptions or numbered or len(names) == 1:
        return ()
    listed = ", ".join(map(repr, descriptions[:12])) + (", ..." if len(descriptions) > 12 else "")
    return (
        f"bands are taken in file order as {', '.join(names)}; the file describes them as {listed}",
    )


def _contradicted(contradictions: Sequence[str], dataset: Any, path: Path) -> UserError:
    said = [
        text or COLORS.get(color, "?")
        for text, color in zip(read_descriptions(dataset), dataset.colorinterp, strict=True)
    ]
    return UserError(
        CONTRADICTED,
        where=path,
        found="; ".join(contradictions),
        expected=f"names in the order of the file: {', '.join(said[:12])}",
        remedy="mend `bands` of this source; if the file is wrong, set match_bands: false to take "
        "its bands in order",
    )


def _wrong_number(dataset: Any, names: Sequence[str], path: Path) -> UserError:
    listed = zip(read_descriptions(dataset), dataset.colorinterp, strict=True)
    known = ", ".join(description or color.name for description, color in listed)
    return UserError(
        OTHER_NUMBER,
        where=path,
        found=f"{dataset.count} bands ({known})"
        if dataset.count < 13
        else f"{dataset.count} bands",
        expected=f"{len(names)} bands, perhaps with an alpha band that is not named",
        remedy="list every band of the file under `bands` of this source, but not an alpha band; "
        "of files that describe their bands, some are enough, by their descriptions",
    )
