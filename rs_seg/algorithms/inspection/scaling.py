"""Scale and offset tags that differ between scenes: equal numbers then mean different things."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rs_seg.values.names import list_first

Scaling = tuple[float, float]
"""Scale and offset of a band: what its numbers mean is scale * number + offset; (1, 0) where a file
says nothing."""
MOST_NAMES = 5
"""Scenes that a sentence names of each scaling."""


def find_scale_differences(scenes: Iterable[tuple[str, Mapping[str, Scaling]]]) -> list[str]:
    """A sentence for each set of bands whose scale or offset is not the same in all scenes.

    `scenes` are names with the scalings by band, of bands whose tags are not applied. Bands that
    differ alike share a sentence.
    """
    groups: dict[str, dict[Scaling, list[str]]] = {}
    for scene, bands in scenes:
        for band, scaling in bands.items():
            groups.setdefault(band, {}).setdefault(scaling, []).append(scene)
    alike: dict[str, list[str]] = {}
    for band, by_scaling in groups.items():
        if len(by_scaling) > 1:
            alike.setdefault(_describe(by_scaling), []).append(band)
    return [
        f"scale and offset tags of {_title(bands)} differ between scenes: {differences}; equal "
        "numbers mean different things there: set apply_scale: true for the source, or bring all "
        "files to one scale"
        for differences, bands in alike.items()
    ]


def _title(bands: list[str]) -> str:
    return f"band {bands[0]}" if len(bands) == 1 else f"bands {', '.join(bands)}"


def _describe(by_scaling: Mapping[Scaling, list[str]]) -> str:
    return "; ".join(
        f"scale {scale:g}, offset {offset:g} in {list_first(s, MOST_NAMES)}"
        for (scale, offset), s in by_scaling.items()
    )
