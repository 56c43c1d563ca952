"""Checks of dates of scenes, and of scenes without a place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rs_seg.config.raw_images import reference_source

if TYPE_CHECKING:
    from rs_seg.config.data import LabelConfig, Source
    from rs_seg.config.run_facts import RunFacts


def check_dates(run: RunFacts) -> None:
    """Every scene has dates of each source with dates, no more than there is room for."""
    for name, source in run.sources.items():
        for scene in run.scenes if source.has_dates else ():
            dates = scene.dates.get(name, ())
            if not dates and not source.optional:
                raise ValueError(
                    f"sources.{name}.path has {{date}}, but scene {scene.name!r} has no date; put "
                    "its files in place, or make the source optional"
                )
            assert source.slots is not None
            if len(dates) > source.slots:
                raise ValueError(
                    f"sources.{name}.slots is {source.slots}, but scene {scene.name!r} has "
                    f"{len(dates)} dates; leave slots out, or set it to {len(dates)} or more"
                )


def check_lent_places(run: RunFacts) -> None:
    """A source that takes its place from another one is not the one that gives the grid."""
    lent = [name for name, own in run.sources.items() if own.ungeoreferenced == "reference"]
    gives_grid = reference_source(run.align, run.sources)
    if gives_grid in lent:
        raise ValueError(
            f"sources.{gives_grid}.ungeoreferenced is reference, but {gives_grid!r} gives the grid "
            "itself: leave it out there, or name another source as align.reference"
        )
    if lent and run.align.ungeoreferenced == "pixels":
        raise ValueError(
            f"align.ungeoreferenced is pixels, so no scene has a place, but "
            f"sources.{lent[0]}.ungeoreferenced is reference: leave it out"
        )


def check_pictures(run: RunFacts) -> None:
    """A run of pictures without a place has no setting that needs a place on Earth."""
    if run.align.ungeoreferenced == "error":
        return
    sections: dict[str, Source | LabelConfig] = {
        f"sources.{name}": source for name, source in run.sources.items()
    }
    labels = {"label": run.label, "outline.label": run.outline.label}
    sections |= {key: label for key, label in labels.items() if label is not None}
    set_keys = [
        f"{section}.{key}"
        for section, settings in sections.items()
        for key in ("crs", "override_crs")
        if getattr(settings, key) is not None
    ]
    if run.split.buffer_m is not None:
        set_keys.append("split.buffer_m")
    if set_keys:
        instead = "; give split.buffer, in pixels" if "split.buffer_m" in set_keys else ""
        raise ValueError(
            f"align.ungeoreferenced is pixels, so scenes have no place on Earth, but "
            f"{', '.join(set_keys)} {'is' if len(set_keys) == 1 else 'are'} set: leave "
            f"{'it' if len(set_keys) == 1 else 'them'} out{instead}"
        )
    if run.change.compares:
        raise ValueError(
            "align.ungeoreferenced is pixels, but `change` compares scenes, which nothing lays on "
            "one another; leave `change` out"
        )
    simulated = [scene.name for scene in run.scenes if scene.simulate is not None]
    if simulated:
        raise ValueError(
            f"align.ungeoreferenced is pixels, but scenes {', '.join(simulated)} are simulated, "
            "and lie on Earth"
        )
