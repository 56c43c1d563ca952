"""Checks of simulated scenes: the sources that they need, and the dates that they may have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rs_seg.values.dates import STAR

if TYPE_CHECKING:
    from rs_seg.config.data import Source
    from rs_seg.config.run_facts import RunFacts
    from rs_seg.values import Scene

OF_TOWNS, OF_FIELDS = ("optical", "height"), ("optical",)
RADAR = "radar"
"""A source that towns and fields have if the run asks for it."""


def check_simulated(run: RunFacts) -> None:
    """Simulated scenes have the sources and dates that the simulation makes, and labels.

    Raises:
        ValueError: a source is missing or unknown, or a path or a date does not suit.
    """
    simulated = [scene for scene in run.scenes if scene.simulate is not None]
    if not simulated:
        return
    fields = run.simulate.fields
    kind, needed = ("towns", OF_TOWNS) if fields is None else ("fields", OF_FIELDS)
    if {*run.sources} - {RADAR} != {*needed} or run.label is None:
        raise ValueError(
            f"scenes {', '.join(scene.name for scene in simulated)} are simulated {kind}, which "
            f"need {'the sources' if len(needed) > 1 else 'the source'} {' and '.join(needed)}, "
            f"perhaps radar, and `label`; found {', '.join(run.sources)}"
        )
    for name, source in run.sources.items():
        _check_source(kind, name, source)
    for scene in simulated:
        _check_dates(scene, () if fields is None else fields.dates)


def _check_source(kind: str, name: str, source: Source) -> None:
    """Optical images of fields have dates and perhaps clouds, nothing else has."""
    templates = {f"sources.{name}.path": source.path}
    if source.clouds is not None:
        templates[f"sources.{name}.clouds.path"] = source.clouds.path
    if kind == "fields" and name == "optical":
        for key, path in templates.items():
            if "{date}" not in path or STAR in path:
                raise ValueError(
                    f"{key} is {path!r}, but simulated fields have dates: write {{date}} in it, "
                    "and no *"
                )
        if len({*templates.values()}) < len(templates):
            raise ValueError(f"sources.{name}.clouds.path is that of the image: name another file")
        return
    extra = "{date}" if source.has_dates else "clouds" if source.clouds is not None else None
    if extra is not None:
        others = "no source has any" if kind == "towns" else "optical alone has any"
        raise ValueError(
            f"sources.{name} has {extra}, but of simulated {kind} {others}: leave {extra} out"
            + (", or give simulate.fields" if kind == "towns" else "")
        )


def _check_dates(scene: Scene, made: tuple[str, ...]) -> None:
    """Scenes have dates that the simulation makes."""
    unknown = [date for date in scene.dates.get("optical", ()) if date not in made]
    if unknown:
        raise ValueError(
            f"scene {scene.name!r} has the date {unknown[0]} of optical, but simulate.fields makes "
            f"{', '.join(made)}: choose from these, or add it there"
        )
