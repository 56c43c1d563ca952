"""`report`: one self-contained HTML page about the run."""

from __future__ import annotations

from itertools import product
from typing import Any

from rs_seg.config import RandomForest, ReportConfig, RunConfig, dump_config
from rs_seg.values import InPath, InPaths, OutPath, Scene

REVISION = 1


def report(
    config: ReportConfig,
    run: RunConfig,
    *,
    inspections: InPaths,
    images: InPaths,
    references: InPaths,
    classes: InPaths,
    split: InPaths,
    statistics: InPaths,
    curves: InPaths,
    evaluations: InPaths,
    comparison: InPaths,
    figure: InPaths,
    report: OutPath,
) -> None:
    """Write the page: summary, maps, areas, accuracy, split, data, training, settings. Equal inputs give equal bytes.

    Where no scene is labelled, the files of evaluation are empty lists and their sections are left out.
    """
    from rs_seg.algorithms.reporting.ranking import best_map
    from rs_seg.io.delivery.packages import package_versions
    from rs_seg.io.html import embed_png, render

    assessed = [_read_json(path) for path in evaluations]
    best = best_map(run.networks, run.refinements, _read_json(comparison[0]) if comparison else None)
    maps = dict(zip(_map_names(run), classes, strict=True))
    truths = dict(zip((scene.name for scene in run.labelled_scenes), references if assessed else [], strict=False))
    shown = run.scenes[: config.max_scenes]
    image_of = dict(zip((scene.name for scene in run.scenes), images, strict=True))
    page = render(
        "report.html.j2",
        run=run,
        colors={each.code: each.color for each in run.legend},
        best=dict(zip(("network", "refinement"), best, strict=True)),
        summary=_summarize(run, assessed, best),
        evaluations=assessed,
        test=_find(assessed, best),
        scenes=[
            _show_scene(config, run, scene, best, maps, image=image_of[scene.name], reference=truths.get(scene.name))
            for scene in shown
        ],
        unseen=[scene.name for scene in run.scenes[config.max_scenes :]],
        areas=[_measure_scene(run, scene, maps[scene.name, *best]) for scene in run.scenes],
        split=_show_split(config, run, _read_json(split[0]), image_of) if split else None,
        inspections=[_read_json(path) for path in inspections],
        statistics=_read_json(statistics[0]) if statistics else None,
        curves=[_show_curves(network, path) for network, path in zip(run.trained_networks, curves, strict=True)],
        figure=embed_png(figure[0].read_bytes()) if figure else None,
        configuration=dump_config(run),
        versions=package_versions(),
    )
    report.write_text(page, encoding="utf-8")


def _read_json(path: InPath) -> Any:
    import json

    return json.loads(path.read_text(encoding="utf-8"))


def _map_names(run: RunConfig) -> list[tuple[str, str, str]]:
    return list(product((scene.name for scene in run.scenes), run.networks, run.refinements))


def _find(assessed: list[Any], best: tuple[str, str]) -> Any:
    from rs_seg.algorithms.reporting.findings import find_evaluation

    return find_evaluation(assessed, network=best[0], refinement=best[1]) if assessed else None


def _summarize(run: RunConfig, assessed: list[Any], best: tuple[str, str]) -> list[str]:
    from rs_seg.algorithms.reporting.findings import describe_accuracy, describe_baseline, find_baseline

    if not assessed:
        maps = len(run.networks) * len(run.refinements)
        return [
            f"Trained models mapped {len(run.scenes)} scene(s), {maps} map(s) of each.",
            "No scene is labelled, so nothing here says how accurate the maps are.",
            f"Shown first and measured below: {best[0]} + {best[1]}, the first of the configuration.",
        ]
    winner = _find(assessed, best)
    sentences = describe_accuracy(winner, maps=len(assessed))
    forests = [name for name, network in run.networks.items() if isinstance(network, RandomForest)]
    baseline = find_baseline(assessed, networks=forests)
    return [*sentences, describe_baseline(winner, baseline)] if baseline else sentences


def _show_scene(
    config: ReportConfig,
    run: RunConfig,
    scene: Scene,
    best: tuple[str, str],
    maps: dict[tuple[str, str, str], InPath],
    *,
    image: InPath,
    reference: InPath | None,
) -> dict[str, Any]:
    """Pictures of a scene: imagery, reference and best map large, disagreement and other maps small."""
    from rs_seg.algorithms.reporting.pictures import color_disagreement
    from rs_seg.io.html import embed_drawing

    size = config.picture_size
    mapped = _read_indices(run, maps[scene.name, *best], size)
    large = [("Imagery", _embed_image(image, size)), (" + ".join(best), _embed_map(run, mapped, size))]
    small = []
    if reference is not None:
        truth = _read_indices(run, reference, size)
        large.insert(1, ("Reference", _embed_map(run, truth, size)))
        small.append(
            (
                "Best map and reference: same (grey), different (red)",
                embed_drawing(_shrunk(color_disagreement(truth, mapped), size // 2)),
            )
        )
    for (name, *other), path in maps.items():
        if name == scene.name and tuple(other) != best:
            row, width = (large, size) if len(large) < 3 else (small, size // 2)
            row.append((" + ".join(other), _embed_map(run, _read_indices(run, path, width), width)))
    return {
        "name": scene.name,
        "labelled": reference is not None,
        "large": large,
        "small": small,
        **_measure_grid(image),
    }


def _read_indices(run: RunConfig, path: InPath, size: int) -> Any:
    """Class indices at about twice the size of the picture, so that its colours can be averaged."""
    from rs_seg.io.thumbnails import read_thumbnail

    return run.class_names.decode(read_thumbnail(path, size=2 * size, resampling="nearest").pixels[0])


def _shrunk(picture: Any, size: int) -> Any:
    from rs_seg.algorithms.reporting.pictures import shrink

    return shrink(picture, size=size)


def _embed_map(run: RunConfig, indices: Any, size: int) -> str:
    from rs_seg.algorithms.reporting.pictures import color_indices
    from rs_seg.io.html import embed_drawing

    return embed_drawing(_shrunk(color_indices(indices, [each.rgb for each in run.legend]), size))


def _embed_image(path: InPath, size: int) -> str:
    from rs_seg.algorithms.reporting.pictures import stretch_bands
    from rs_seg.io.html import embed_photograph
    from rs_seg.io.thumbnails import read_thumbnail

    thumbnail = read_thumbnail(path, size=size, composite=True, resampling="average")
    return embed_photograph(stretch_bands(thumbnail.pixels, thumbnail.valid))


def _measure_grid(path: InPath) -> dict[str, Any]:
    """Size of a raster in pixels and ground metres, and the length of its scale bar."""
    from rs_seg.algorithms.reporting.pictures import round_length
    from rs_seg.io.raster import RasterReader
    from rs_seg.values.grid import crs_of, ground_pixel_size

    with RasterReader(path) as reader:
        metres = ground_pixel_size(reader.grid)
        crs = crs_of(reader.grid)
        name = f"EPSG:{crs.epsg}" if crs.epsg else crs.proj.name
        bar = round_length(0.3 * metres * reader.width)
        size = {"height": reader.height, "width": reader.width, "pixel_size": metres, "crs": name}
        return {**size, "bar": bar, "bar_share": bar / (metres * reader.width)}


def _measure_scene(run: RunConfig, scene: Scene, path: InPath) -> dict[str, Any]:
    """Ground hectares of each class in a map."""
    from rs_seg.algorithms.reporting.class_counts import count_classes
    from rs_seg.io.raster import RasterReader
    from rs_seg.values.grid import ground_pixel_size

    with RasterReader(path) as reader:
        counts = count_classes(reader.read_codes, run.class_names, height=reader.height, width=reader.width)
        hectares = counts * ground_pixel_size(reader.grid) ** 2 / 10_000
    return {"scene": scene.name, "hectares": hectares.tolist(), "total": float(hectares.sum())}


def _show_split(config: ReportConfig, run: RunConfig, split: Any, image_of: dict[str, InPath]) -> dict[str, Any]:
    """The split with a picture of each labelled scene to draw it on."""
    shown = [
        {
            "name": scene.name,
            "image": _embed_image(image_of[scene.name], config.picture_size * 2 // 3),
            "areas": split["areas"].get(scene.name, {}),
            "blocks": [block for block in split["blocks"] if block["scene"] == scene.name],
            **_measure_grid(image_of[scene.name]),
        }
        for scene in run.labelled_scenes[: config.max_scenes]
    ]
    sizes = {scene.name: _measure_grid(image_of[scene.name])["pixel_size"] for scene in run.labelled_scenes}
    return {**split, "scenes": shown, "pixel_sizes": sizes}


def _show_curves(network: str, path: InPath) -> dict[str, str]:
    """Curves of a network in words and as a drawing; methods without epochs have none."""
    import csv

    from rs_seg.algorithms.reporting.curves import draw_curves, judge_curves

    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if len(rows) < 2:
        return {"network": network, "words": "Fitted in one go: there are no epochs to draw.", "drawing": ""}
    columns = {key: [float(row[key] or "nan") for row in rows] for key in rows[0]}
    return {"network": network, "words": judge_curves(columns), "drawing": draw_curves(columns)}
