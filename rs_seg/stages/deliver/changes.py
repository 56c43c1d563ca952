"""The part of deliver that hands over change between the dates of a place."""

from __future__ import annotations

from pathlib import Path

from rs_seg.config import RunConfig
from rs_seg.io.delivery.cog import copy_to_cog
from rs_seg.io.delivery.copying import copy_file
from rs_seg.io.documents import read_document
from rs_seg.io.ogr import pyogrio
from rs_seg.io.qgis import Group, MapLayer, classes_layer, polygons_layer
from rs_seg.io.sidecars import write_raster_styles
from rs_seg.scenes.manifest import Key, Manifest, sampled_maps
from rs_seg.stages.deliver.maps import map_folder, read_grid
from rs_seg.values import Legend
from rs_seg.values.layout import MapKey
from rs_seg.values.transition_legend import list_transitions
from rs_seg.values.transitions import Transitions

RASTERS = ("kinds", "transitions")
OTHERS = ("transition_matrix", "changed_polygons")
LAYER = "polygons"


def change_folder(key: Key) -> str:
    """Where the change of a place lies in the folder, by place, dates, network and refinement."""
    place, dates, *method = key
    return f"changes/{place}/{dates}/{'-'.join(method)}"


def copy_changes(run: RunConfig, files: Manifest, folder: Path) -> dict[str, list[str]]:
    """Copy all that is made of changes; what each copy was made from, by its path in the folder."""
    made_from: dict[str, list[str]] = {}
    legend = run.change.kind_legend(run.legend)
    for key in files.keys("transition_matrix"):
        place = change_folder(key)
        (folder / place).mkdir(parents=True)
        change = read_document(change_path(files, "transition_matrix", key), Transitions)
        sources = [
            f"{map_folder(MapKey(scene, *change.method))}/classes.tif"
            for scene in (change.before, change.after)
        ]
        names = []
        for kind in RASTERS:
            source = change_path(files, kind, key)
            copy_to_cog(source, folder / place / source.name, overviews="nearest")
            names.append(source.name)
        write_raster_styles(folder / place / "kinds.tif", legend)
        for kind in OTHERS:
            source = change_path(files, kind, key)
            copy_file(source, folder / place / source.name)
            names.append(source.name)
        made_from |= {f"{place}/{name}": sources for name in names}
        made_from |= {
            f"{place}/kinds{suffix}": [f"{place}/kinds.tif"] for suffix in (".qml", ".sld")
        }
    return made_from


def list_sampled(run: RunConfig, files: Manifest) -> list[str]:
    """The rasters in the folder that places were drawn from."""
    if not run.samples_change:
        return [f"{map_folder(key)}/classes.tif" for key in sampled_maps(run)]
    return [
        f"{change_folder(key)}/kinds.tif"
        for key in files.keys("kinds")
        if key[2:] == run.sampled_map
    ]


def change_groups(run: RunConfig, files: Manifest, best: tuple[str, str] | None) -> list[Group]:
    """A group of the changes of all places by the best map; none where no dates are compared."""
    layers: list[Group | MapLayer] = []
    for key in files.keys("transition_matrix"):
        if key[2:] != best:
            continue
        title, polygons = f"{key[0]}, {key[1]}", change_path(files, "changed_polygons", key)
        kinds = change_path(files, "kinds", key)
        layers.append(
            polygons_layer(
                f"{title}: changed",
                f"{change_folder(key)}/{polygons.name}",
                crs=str(pyogrio.read_info(polygons, layer=LAYER)["crs"]),
                legend=_present(run.legend, polygons),
                shown=False,
            )
        )
        layers.append(
            classes_layer(
                f"{title}: kinds of change",
                f"{change_folder(key)}/{kinds.name}",
                read_grid(kinds),
                legend=run.change.kind_legend(run.legend),
            )
        )
    return [Group("Change", layers)] if layers else []


def _present(legend: Legend, polygons: Path) -> Legend:
    """The transitions that polygons show; all others would only make the list of layers long."""
    table = pyogrio.read_dataframe(polygons, layer=LAYER, columns=["code"], read_geometry=False)
    codes = set(table["code"].tolist())
    return Legend.model_construct(
        tuple(own for own in list_transitions(legend) if own.code in codes)
    )


def change_path(files: Manifest, kind: str, key: Key) -> Path:
    """The file of a change, by place, dates, network and refinement."""
    path = files.find(kind, *key)
    assert path is not None, f"{kind} of a change is among the files"
    return path
