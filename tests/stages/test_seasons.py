"""Methods of single pixels on several dates, through the stages: what only the season tells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rs_seg.config import Pixelwise, PredictConfig, TrainConfig, parse_config
from rs_seg.errors import UserError
from rs_seg.io.documents import read_document
from rs_seg.io.model import read_description
from rs_seg.io.model_description import ModelDescription, Normalisation
from rs_seg.io.raster import RasterReader
from rs_seg.io.thumbnails import read_thumbnail
from rs_seg.scenes.model_bands import place_bands
from rs_seg.scenes.values import compare_values
from rs_seg.stages.predict import predict
from rs_seg.stages.summarize import summarize
from rs_seg.stages.train import train
from rs_seg.testing import TOY_CLASSES, grid_at, write_image, write_reference
from rs_seg.values import Scene
from rs_seg.values.band_groups import BandGroup
from rs_seg.values.composite import composite_bands
from rs_seg.values.grid import whole
from rs_seg.values.statistics import Statistics
from tests.config.test_load import changed
from tests.stages.toy_maps import write_split

SIDE = 96
DSM = BandGroup(source="dsm", bands=("height",), optional=True)
PEAKS = (120.0, 180.0, 240.0)
"""Days of the greatest value of field, wood and lake: on a single day they mix."""


def groups_of(date_count: int) -> tuple[BandGroup, ...]:
    return BandGroup(source="s2", bands=("red", "nir"), slots=date_count), DSM


class Season:
    """A scene whose classes differ by the course of nir over the year alone, with clouds."""

    def __init__(self, folder: Path, days: list[int], *, seed: int) -> None:
        rng = np.random.default_rng(seed)
        folder.mkdir(parents=True)
        self.groups = groups_of(len(days))
        self.bands = tuple(name for group in self.groups for name in group.names)
        grid = grid_at(SIDE, SIDE)
        rows, columns = np.indices((SIDE, SIDE)) // 16
        self.truth = (rows + columns + seed) % 3
        pixels = np.zeros((len(self.bands), SIDE, SIDE), dtype=np.uint16)
        self.clear = rng.random((len(days), SIDE, SIDE)) < 0.8
        self.clear[0] = True
        for slot, (day, clear) in enumerate(zip(days, self.clear, strict=True), start=1):
            phase = 2 * np.pi * (day - np.array(PEAKS)[self.truth]) / 365.25
            nir = 2000 + 800 * np.cos(phase) + rng.normal(0, 150, clear.shape)
            for band, values in (("red", rng.normal(900, 100, clear.shape)), ("nir", nir)):
                pixels[self.bands.index(f"{band}@{slot}")] = np.where(clear, values, 0)
            pixels[self.bands.index(f"day_s2@{slot}")] = np.where(clear, day, 0)
        pixels[-2, :, :30] = rng.integers(200, 300, (SIDE, 30))
        pixels[-1, :, :30] = 1
        self.image = write_image(
            folder / "image.tif",
            grid,
            pixels,
            valid=np.ones((SIDE, SIDE), dtype=bool),
            bands=self.bands,
        )
        self.pixels = pixels
        codes = np.array(TOY_CLASSES.codes)[self.truth]
        self.reference = write_reference(folder / "reference.tif", grid, codes)


FIVE_DAYS = [20, 100, 170, 250, 320]


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory) -> Season:
    return Season(tmp_path_factory.mktemp("run") / "scenes" / "a", FIVE_DAYS, seed=1)


@pytest.fixture(scope="module")
def prepared(season: Season) -> tuple[Path, Path]:
    """Split and statistics: the left half is for training."""
    folder = season.image.parent.parent.parent
    roles = {
        "train": [[0, 0, SIDE, 48]],
        "validation": [[0, 50, SIDE, 20]],
        "test": [[0, 72, 96, 24]],
    }
    split = write_split(folder / "split.json", {"a": roles})
    statistics = folder / "statistics.json"
    summarize(
        TOY_CLASSES,
        (Scene(name="a"),),
        season.groups,
        files=[season.image, season.reference],
        split=split,
        statistics=statistics,
    )
    return split, statistics


def methods(date_count: int = 5, **models: Any) -> dict[str, Pixelwise]:
    scene = {"name": "a", "dates": {"s2": [f"202001{day:02}" for day in range(1, date_count + 1)]}}
    sources = {
        "s2": {"path": "{date}.tif", "bands": ["red", "nir"], "slots": date_count},
        "dsm": {"path": "d.tif", "bands": ["height"], "optional": True},
    }
    indices = {"ndvi": "(nir - red) / (nir + red)"}
    return parse_config(
        changed(sources=sources, indices=indices, models=models, scenes=[scene])
    ).models


def learn(season: Season, prepared: tuple[Path, Path], folder: Path, model: Pixelwise) -> Path:
    split, statistics = prepared
    train(
        TrainConfig(window=32),
        model,
        TOY_CLASSES,
        (Scene(name="a"),),
        0,
        images=[season.image],
        references=[season.reference],
        split=split,
        statistics=statistics,
        model=folder / "model.safetensors",
        curves=folder / "curves.csv",
        checkpoints=folder / "checkpoints",
    )
    return folder / "model.safetensors"


def map_scene(model: Path, season: Season, folder: Path, **config: Any) -> NDArray[np.int64]:
    predict(
        PredictConfig(**config),
        TOY_CLASSES,
        band_groups=season.groups,
        model=model,
        image=season.image,
        shards=[],
        probabilities=folder / "probabilities.tif",
        strips=folder / "strips",
    )
    with RasterReader(folder / "probabilities.tif") as reader:
        return reader.read(whole(reader.grid)).argmax(axis=0)


FOREST = {"architecture": "random_forest", "trees": 20, "samples": 3000}


def test_figures_are_of_all_clear_dates_together(
    season: Season, prepared: tuple[Path, Path]
) -> None:
    figures = {band.name: band for band in read_document(prepared[1], Statistics).bands}
    nir = np.stack([season.pixels[season.bands.index(f"nir@{slot}")] for slot in range(1, 6)])
    values = nir[:, :, :48][season.clear[:, :, :48]]
    for slot in range(1, 6):
        band = figures[f"nir@{slot}"]
        assert band.mean == pytest.approx(values.mean())
        assert band.std == pytest.approx(values.std())
        assert (band.min, band.max) == (values.min(), values.max())
        assert (figures[f"day_s2@{slot}"].mean, figures[f"day_s2@{slot}"].std) == (0, 1)
    assert figures["height"].mean == pytest.approx(season.pixels[-2, :, :30].mean())
    assert (figures["has_dsm"].mean, figures["has_dsm"].std, figures["has_dsm"].max) == (0, 1, 1)


def test_a_forest_learns_the_course_of_the_year_and_maps_other_dates(
    season: Season, prepared: tuple[Path, Path], tmp_path: Path
) -> None:
    forests = methods(
        course={**FOREST, "features": ["harmonic_cosine(nir, 1)", "harmonic_sine(nir, 1)"]},
        one_date={**FOREST, "features": ["'nir@3'", "'red@3'"]},
    )
    accuracy = {}
    for name, forest in forests.items():
        (tmp_path / name).mkdir()
        model = learn(season, prepared, tmp_path / name, forest)
        tested = (slice(None), slice(72, None))
        mapped = map_scene(model, season, tmp_path / name)
        accuracy[name] = (mapped == season.truth)[tested].mean()
    assert accuracy["course"] > 0.85
    assert accuracy["course"] > accuracy["one_date"] + 0.15
    model = tmp_path / "course" / "model.safetensors"
    assert read_description(model).features == (
        "harmonic_cosine(nir, 1.0)",
        "harmonic_sine(nir, 1.0)",
    )
    for days in ([30, 90, 150, 200, 230, 290, 330], [60, 160, 300]):
        other = Season(tmp_path / f"{len(days)} dates", days, seed=2)
        mapped = map_scene(model, other, tmp_path / f"{len(days)} dates", tile=64)
        clear = other.clear.sum(axis=0) >= 3
        assert (mapped == other.truth)[clear].mean() > 0.75
        assert not compare_values(
            read_description(model), other.image, other.groups, scene="other"
        )["warnings"]


def test_a_model_of_one_date_needs_that_date(
    season: Season, prepared: tuple[Path, Path], tmp_path: Path
) -> None:
    forest = methods(one_date={**FOREST, "features": ["'nir@3'"]})["one_date"]
    model = learn(season, prepared, tmp_path, forest)
    other = Season(tmp_path / "other", [60, 160], seed=2)
    with pytest.raises(UserError, match="lacks bands of the model"):
        map_scene(model, other, tmp_path / "other")


def test_missing_dates_and_sources_are_no_strange_values(
    season: Season, prepared: tuple[Path, Path], tmp_path: Path
) -> None:
    features = ["median(ndvi)", "amplitude(nir)", "height"]
    model = learn(season, prepared, tmp_path, methods(all={**FOREST, "features": features})["all"])
    content = compare_values(read_description(model), season.image, season.groups, scene="a")
    assert content["warnings"] == []
    assert [band["name"] for band in content["bands"]] == ["red", "nir", "height"]
    height = content["bands"][-1]["scene"]
    assert height["min"] >= 200


def test_without_features_dates_are_summarized() -> None:
    several = methods(forest=FOREST, clusters={"architecture": "kmeans"})
    assert several["forest"].formulas[-8:] == (
        *("median(red)", "percentile(red, 10.0)", "percentile(red, 90.0)", "amplitude(red)"),
        *("median(nir)", "percentile(nir, 10.0)", "percentile(nir, 90.0)", "amplitude(nir)"),
    )
    assert several["forest"].formulas[0] == "height"
    assert several["clusters"].formulas == ("height", *several["forest"].formulas[-8:])
    assert methods(3, clusters={"architecture": "kmeans"})["clusters"].formulas == (
        *("height", "median(red)", "median(nir)"),
    )


def test_a_band_with_dates_is_no_feature_by_itself() -> None:
    with pytest.raises(UserError, match=r"'ndvi' has a value for each date of s2"):
        methods(forest={**FOREST, "features": ["ndvi"]})


def test_pictures_show_the_clearest_date(tmp_path: Path) -> None:
    names = [f"{band}@{slot}" for slot in (1, 2) for band in ("red", "green", "blue", "day_s2")]
    pixels = np.ones((8, 40, 30), dtype=np.uint16)
    pixels[:4, 10:] = 0
    path = write_image(tmp_path / "image.tif", grid_at(40, 30), pixels, bands=names)
    assert composite_bands(names) == [0, 1, 2]
    assert composite_bands(["vv@1", "vh@1", "day_s1@1", "vv@2", "vh@2", "day_s1@2"]) == [0]
    assert read_thumbnail(path, size=20, composite=True, resampling="average").bands == (5, 6, 7)


def dated_network(season: Season, **network: Any) -> ModelDescription:
    """What a model file says of a network that sees the dates of such scenes one by one."""
    groups = [group.model_dump(mode="json") for group in season.groups]
    return ModelDescription(
        kind="convolutional",
        network={**network, "groups": groups},
        bands=season.bands,
        normalisation=(Normalisation(mean=2000, std=800),) * len(season.bands),
        resolution_m=2,
        classes=TOY_CLASSES,
        window=32,
        seed=0,
        rs_seg_version="0",
    )


def test_days_that_a_network_does_not_see_are_told_or_refused(season: Season) -> None:
    notes, outside = (
        dated_network(season, architecture="tempcnn", dates={"steps": 8, "days": days})
        for days in ([90, 200], [330, 360])
    )
    told = compare_values(notes, season.image, season.groups, scene="a")["notes"]
    assert any("hardly sees those on days 20, 250, 320" in note for note in told), told
    with pytest.raises(UserError, match="the network sees none of the dates") as raised:
        compare_values(outside, season.image, season.groups, scene="a")
    assert str(season.image) in str(raised.value)


def test_another_number_of_dates_for_a_siamese_network_is_refused_at_the_edge(
    season: Season,
) -> None:
    network = dated_network(season, architecture="fc_siam_diff")
    with pytest.raises(UserError, match=r"image\.tif: a siamese network compares two dates"):
        place_bands(network, season.bands, where=season.image)
    pair = [name for group in groups_of(2) for name in group.names]
    assert place_bands(network, pair) == [*range(len(pair))]
