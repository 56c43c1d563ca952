"""What the name of a band means: a part of the spectrum, a colour, or a number."""

from __future__ import annotations

import re
from collections.abc import Sequence

SYNONYMS = {
    "r": "red",
    "g": "green",
    "grn": "green",
    "b": "blue",
    "blu": "blue",
    **dict.fromkeys(("nearinfrared", "infrared", "ir", "nirband"), "nir"),
    "re": "rededge",
    "redge": "rededge",
    "vegetationrededge": "rededge",
    "shortwaveinfrared": "swir",
    "panchromatic": "pan",
    **dict.fromkeys(("coastalaerosol", "aerosol", "coastalblue"), "coastal"),
    **dict.fromkeys(("tir", "lwir", "thermalinfrared"), "thermal"),
    "transparency": "alpha",
    "opacity": "alpha",
}
"""Other words for parts of the spectrum."""
NUMBER = re.compile(r"(band|layer|channel|b|ch)?0*(\d+[a-z]?)")
FILLERS = {"band", "layer", "channel", "reflectance", "surface", "toa", "boa", "sr"}
COLOURS = ("red", "green", "blue")
"""Colours in the order of photographs, from which pretrained filters were learnt."""
SENTINEL2 = {*(f"b{number}" for number in range(1, 13)), "b8a"}
"""Bands of Sentinel-2 as `band_key` writes them."""
SENTINEL2_COLOURS = {"b2": "blue", "b3": "green", "b4": "red"}
WAVELENGTH = re.compile(r"(\d+(?:\.\d+)?) ?_?nm(?![a-z])", flags=re.IGNORECASE)
RANGES_NM = {"blue": (430.0, 500.0), "green": (500.0, 600.0), "red": (600.0, 700.0)}
"""Wavelengths of the colours in nanometres, from the first to below the second."""


def band_key(text: str) -> str:
    """What a name of a band means: lower case, without fillers and the number of the band.

    The number stays where no word is left. "B5 nir", "NIR" and "near infrared" mean the same, and
    so do "B02" and "band_2".
    """
    words = re.findall(r"[a-z0-9]+", text.lower())
    telling = [word for word in words if word not in FILLERS and not NUMBER.fullmatch(word)]
    if telling:
        joined = "".join(telling)
        base = joined.rstrip("0123456789")
        return SYNONYMS.get(base, base) + joined[len(base) :]
    number = NUMBER.fullmatch("".join(words))
    return f"b{number[2]}" if number else "".join(words)


def band_colours(names: Sequence[str]) -> tuple[str | None, ...]:
    """The colour of each band: red, green or blue; None where its name says none of them.

    A name says its colour by a word (red, R, "B4 red"), by a wavelength (665nm), or as a band of
    Sentinel-2. The numbers of Sentinel-2 are taken only where B8A, or two digits (B04), tell them
    apart and no number is unknown to it: band 4 of other sensors is no red.
    """
    keys = [band_key(name) for name in names]
    numbered = SENTINEL2_COLOURS if _are_sentinel2(names, keys) else {}
    return tuple(
        _colour_of_wavelength(name) or _colour_of_word(key) or numbered.get(key)
        for name, key in zip(names, keys, strict=True)
    )


def _are_sentinel2(names: Sequence[str], keys: Sequence[str]) -> bool:
    padded = any(re.fullmatch(r"b0[2-4]", name.strip(), flags=re.IGNORECASE) for name in names)
    numbers = {key for key in keys if re.fullmatch(r"b\d+[a-z]?", key)}
    return ("b8a" in numbers or padded) and numbers <= SENTINEL2


def _colour_of_word(key: str) -> str | None:
    base = key.rstrip("0123456789")
    return base if base in COLOURS else None


def _colour_of_wavelength(name: str) -> str | None:
    wavelength = WAVELENGTH.search(name)
    if wavelength is None:
        return None
    nanometres = float(wavelength[1])
    return next(
        (colour for colour, (low, high) in RANGES_NM.items() if low <= nanometres < high), None
    )
