"""sample: strata counted over all scenes, places drawn by each of the designs."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from affine import Affine

from rs_seg.config import Argmax
from rs_seg.errors import UserError
from rs_seg.io.place_files import TO_FILL, read_design_of
from rs_seg.io.points import FIELDS
from rs_seg.testing import grid_at, toy_codes, write_image, write_reference
from rs_seg.values import Window
from rs_seg.values.grid import Grid, crop, ground_pixel_size, to_pixels
from tests.stages.sampled_maps import ARGMAX, draw_places, write_scene

GRID = grid_at(120, 160, pixel=10)
FIELD, WOOD, LAKE = 1, 4, 7


def make_codes(grid: Grid = GRID) -> np.ndarray:
    """Field and wood, a small lake, and a border without data."""
    codes = np.where(toy_codes(grid, size=20) == FIELD, FIELD, WOOD)
    codes[50:60, 70:90] = LAKE
    codes[:, :10] = 255
    return codes


def codes_at(places, grid: Grid, codes: np.ndarray) -> np.ndarray:
    """What the map has at places."""
    rows, columns = to_pixels(grid, places.geometry.x.to_numpy(), places.geometry.y.to_numpy())
    return codes[np.floor(rows).astype(int), np.floor(columns).astype(int)]


def test_places_have_the_class_of_the_map_and_the_fields_to_fill_are_empty(tmp_path: Path) -> None:
    codes = make_codes()
    drawn = draw_places(tmp_path, write_scene(tmp_path, "a", GRID, codes), units=200, least=20)
    places = drawn.places
    assert list(places.columns) == [*FIELDS, "geometry"]
    assert places[list(TO_FILL)].isna().all().all()
    assert places["id"].tolist() == list(range(1, len(places) + 1))
    assert set(places["scene"]) == {"a"}
    assert (places["cluster"] == 0).all()
    np.testing.assert_array_equal(codes_at(places, GRID, codes), places["mapped"])
    np.testing.assert_array_equal(places["stratum"], places["mapped"])
    assert drawn.pixels.contains(places.geometry).all()
    np.testing.assert_allclose(drawn.pixels.area, 100)
    longitude, latitude = map(float, places["place"][0].split(", "))
    degrees = places.geometry.to_crs("EPSG:4326")[0]
    assert (longitude, latitude) == pytest.approx((degrees.x, degrees.y), abs=1e-6)


def test_strata_are_the_ground_of_classes_without_nodata(tmp_path: Path) -> None:
    codes = make_codes()
    drawn = draw_places(tmp_path, write_scene(tmp_path, "a", GRID, codes))
    design = drawn.design
    assert [stratum.name for stratum in design.strata] == ["field", "wood", "lake"]
    assert [stratum.mapped for stratum in design.strata] == [FIELD, WOOD, LAKE]
    for stratum in design.strata:
        assert stratum.pixels == (codes == stratum.code).sum()
        pixel = ground_pixel_size(GRID) ** 2
        assert stratum.area_m2 == pytest.approx(stratum.pixels * pixel, rel=1e-5)
        assert stratum.probability == stratum.units / stratum.pixels
    weights = drawn.places.groupby("stratum")["weight_m2"].sum()
    assert weights.tolist() == pytest.approx([stratum.area_m2 for stratum in design.strata])
    assert design.units == len(drawn.places)
    assert read_design_of(drawn.folder / "points.gpkg") == design
    assert [own.name for own in design.classes] == ["field", "wood", "lake"]


def test_equal_inputs_give_equal_bytes_and_another_seed_other_places(tmp_path: Path) -> None:
    files = write_scene(tmp_path, "a", GRID, make_codes())
    first = draw_places(tmp_path, files, units=90)
    before = (first.folder / "points.gpkg").read_bytes()
    again = draw_places(tmp_path, files, units=90)
    assert (again.folder / "points.gpkg").read_bytes() == before
    other = draw_places(tmp_path, files, units=90, seed=2)
    assert other.units == first.units
    assert not other.places.geometry.equals(first.places.geometry)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"units": 300, "least": 2}, {"field": 100, "wood": 197, "lake": 3}),
        ({"units": 300, "least": 50}, {"field": 84, "wood": 166, "lake": 50}),
        ({"units": 300, "allocation": "equal"}, {"field": 100, "wood": 100, "lake": 100}),
        (
            {"units": {"field": 40, "wood": 50, "lake": 999}},
            {"field": 40, "wood": 50, "lake": 200},
        ),
        (
            {
                "units": 200,
                "allocation": "neyman",
                "least": 2,
                "expected": {"wood": 0.99, "field": 0.5, "lake": 0.5},
            },
            {"field": 140, "wood": 55, "lake": 5},
        ),
    ],
)
def test_places_are_shared_as_the_settings_say(
    settings: dict[str, object], expected: dict[str, int], tmp_path: Path
) -> None:
    files = write_scene(tmp_path, "a", GRID, make_codes())
    assert draw_places(tmp_path, files, **settings).units == pytest.approx(expected, abs=1)


def test_a_smaller_error_needs_more_places(tmp_path: Path) -> None:
    files = write_scene(tmp_path, "a", GRID, make_codes())
    units = [draw_places(tmp_path, files, error=error).design.units for error in (0.02, 0.01)]
    variance = 0.85 * 0.15
    expected = [variance / (error**2 + variance / 18_000) for error in (0.02, 0.01)]
    assert units == pytest.approx(expected, abs=2)


def test_the_first_places_are_a_random_sample_of_every_stratum(tmp_path: Path) -> None:
    files = write_scene(tmp_path, "a", GRID, make_codes())
    first = draw_places(tmp_path, files, units={"field": 100, "wood": 100, "lake": 100}).places
    assert (first["stratum"].head(150).value_counts() > 35).all()


def test_ground_that_two_scenes_show_is_counted_in_the_first(tmp_path: Path) -> None:
    codes = make_codes()
    whole = draw_places(tmp_path / "whole", write_scene(tmp_path / "whole", "a", GRID, codes))
    parts = {"a": Window(0, 0, 120, 100), "b": Window(0, 70, 120, 90), "c": Window(30, 60, 60, 80)}
    files = []
    for name, part in parts.items():
        files += write_scene(tmp_path, name, crop(GRID, part), codes[part.slices])
    drawn = draw_places(tmp_path, files)
    assert drawn.sizes == pytest.approx(whole.sizes, rel=1e-6)
    covered = sum(part.height * part.width for part in parts.values()) - 120 * 160
    hidden = covered * ground_pixel_size(GRID) ** 2
    assert drawn.design.overlap_m2 == pytest.approx(hidden, rel=1e-4)
    assert set(drawn.places["scene"]) == {"a", "b"}
    np.testing.assert_array_equal(codes_at(drawn.places, GRID, codes), drawn.places["mapped"])


def test_where_the_first_scene_has_no_data_the_second_counts(tmp_path: Path) -> None:
    codes = np.full(GRID.shape, FIELD)
    holes = codes.copy()
    holes[20:60, 30:90] = 255
    files = [*write_scene(tmp_path, "a", GRID, holes), *write_scene(tmp_path, "b", GRID, codes)]
    drawn = draw_places(tmp_path, files, design="simple_random", units=150)
    assert drawn.design.strata[0].pixels == codes.size
    from_second = drawn.places[drawn.places["scene"] == "b"]
    assert 0 < len(from_second) < 60
    assert (codes_at(from_second, GRID, holes) == 255).all()


def test_scenes_of_other_grids_and_crs_hide_the_same_ground(tmp_path: Path) -> None:
    """A scene of 10 m in UTM, then one of 0.0002 degrees that reaches further to every side."""
    first = grid_at(200, 200, pixel=10)
    box = first.extent.to_crs("EPSG:4326").boundingbox
    second = Grid(
        (150, 200),
        Affine(0.0002, 0, box.left - 0.006, 0, -0.0002, box.top + 0.006),
        "EPSG:4326",
    )
    files = write_scene(tmp_path, "a", first, np.full((200, 200), FIELD))
    files += write_scene(tmp_path, "b", second, np.full((150, 200), WOOD))
    drawn = draw_places(tmp_path, files, units=200)
    assert drawn.sizes["field"] == pytest.approx(
        200 * 200 * ground_pixel_size(first) ** 2, rel=1e-4
    )
    whole = 150 * 200 * ground_pixel_size(second) ** 2
    assert drawn.design.overlap_m2 == pytest.approx(drawn.sizes["field"], rel=0.02)
    assert drawn.sizes["wood"] + drawn.design.overlap_m2 == pytest.approx(whole, rel=1e-3)
    assert drawn.places.crs == "EPSG:4326"
    outside = drawn.places[drawn.places["scene"] == "b"].to_crs("EPSG:32632")
    assert not outside.within(first.extent.geom).any()


def test_an_earlier_scene_of_much_finer_pixels_is_read_in_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rs_seg.stages.sample.overlaps.LARGEST", 500)
    fine, coarse = grid_at(90, 90, pixel=1), grid_at(12, 12, pixel=10)
    files = write_scene(tmp_path, "a", fine, np.full((90, 90), FIELD))
    files += write_scene(tmp_path, "b", coarse, np.full((12, 12), WOOD))
    pixels = {own.name: own.pixels for own in draw_places(tmp_path, files).design.strata}
    assert pixels == {"field": 8100, "wood": 144 - 81}


def test_areas_in_web_mercator_are_those_on_the_ground(tmp_path: Path) -> None:
    grid = Grid((100, 100), Affine(20, 0, 1_500_000, 0, -20, 8_399_737), "EPSG:3857")
    drawn = draw_places(tmp_path, write_scene(tmp_path, "a", grid, np.full((100, 100), FIELD)))
    assert drawn.sizes["field"] == pytest.approx(4_000_000 / 4, rel=0.01), "at 60 degrees north"
    assert drawn.sizes["field"] == pytest.approx(10_000 * ground_pixel_size(grid) ** 2, rel=1e-4)


def test_strata_may_be_codes_of_a_raster_on_another_grid(tmp_path: Path) -> None:
    codes = make_codes()
    regions = np.full((60, 80), 3)
    regions[:, 40:] = 12
    regions[:5] = 255
    raster = write_reference(tmp_path / "regions.tif", grid_at(60, 80, pixel=20), regions)
    files = write_scene(tmp_path, "a", GRID, codes)
    drawn = draw_places(tmp_path, files, strata=[raster], raster="regions.tif", units=120)
    fine = np.where(codes == 255, 255, np.kron(regions, np.ones((2, 2), int)))
    assert {own.name: own.pixels for own in drawn.design.strata} == {
        "3": (fine == 3).sum(),
        "12": (fine == 12).sum(),
    }
    assert {own.mapped for own in drawn.design.strata} == {None}
    np.testing.assert_array_equal(codes_at(drawn.places, GRID, fine), drawn.places["stratum"])
    np.testing.assert_array_equal(codes_at(drawn.places, GRID, codes), drawn.places["mapped"])
    joined = draw_places(
        tmp_path, files, strata=[raster], raster="regions.tif", join={"12": "3"}, units=120
    )
    assert joined.sizes == pytest.approx({"3": sum(drawn.sizes.values())})


def test_a_raster_of_fractions_is_refused(tmp_path: Path) -> None:
    heights = np.full((1, *GRID.shape), 0.5, np.float32)
    raster = write_image(tmp_path / "heights.tif", GRID, heights)
    files = write_scene(tmp_path, "a", GRID, make_codes())
    with pytest.raises(UserError, match=r"heights.tif: .* no code.*Found: 0.5"):
        draw_places(tmp_path, files, strata=[raster], raster="heights.tif")


def test_buffers_lie_around_their_class_and_across_pieces(tmp_path: Path) -> None:
    grid = grid_at(40, 1100, pixel=10)
    codes = np.full(grid.shape, FIELD)
    codes[20, 511] = LAKE  # the last column of a piece
    files = write_scene(tmp_path, "a", grid, codes)
    drawn = draw_places(tmp_path, files, buffers={"lake": 30.1}, join={"lake": "near lake"})
    pixels = {own.name: own.pixels for own in drawn.design.strata}
    assert pixels == {"field": 44_000 - 29, "near lake": 29}, "28 pixels and the lake itself"
    buffer = drawn.places[drawn.places["stratum"] == drawn.design.strata[1].code]
    assert set(buffer["mapped"]) == {FIELD, LAKE}
    assert len(buffer) == 29
    assert buffer.distance(buffer.geometry.union_all().centroid).max() < 31


def test_joined_strata_are_one(tmp_path: Path) -> None:
    files = write_scene(tmp_path, "a", GRID, make_codes())
    alone, joined = (
        draw_places(tmp_path, files),
        draw_places(tmp_path, files, join={"lake": "wood"}),
    )
    assert list(joined.sizes) == ["field", "wood"]
    assert joined.sizes["wood"] == pytest.approx(alone.sizes["wood"] + alone.sizes["lake"])
    assert joined.design.strata[1].mapped is None
    assert set(joined.places.loc[joined.places["stratum"] == WOOD, "mapped"]) >= {WOOD}


def test_a_simple_random_sample_has_as_many_places_of_a_class_as_its_ground(tmp_path: Path) -> None:
    codes = make_codes()
    drawn = draw_places(
        tmp_path, write_scene(tmp_path, "a", GRID, codes), design="simple_random", units=2000
    )
    shares = drawn.places["stratum"].value_counts(normalize=True)
    valid = (codes != 255).sum()
    for code in (FIELD, WOOD, LAKE):
        assert shares[code] == pytest.approx((codes == code).sum() / valid, abs=0.035)
    weight = sum(drawn.sizes.values()) / 2000
    np.testing.assert_allclose(drawn.places["weight_m2"], weight)
    assert {own.probability for own in drawn.design.strata} == {2000 / valid}
    assert not drawn.places.geometry.duplicated().any()


def test_a_systematic_sample_is_a_square_grid_in_random_order(tmp_path: Path) -> None:
    files = write_scene(tmp_path, "a", GRID, make_codes())
    drawn = draw_places(tmp_path, files, design="systematic", units=180)
    assert drawn.design.units == pytest.approx(180, rel=0.1)
    spacing = (sum(drawn.sizes.values()) / 180) ** 0.5
    apart = drawn.places.sort_values(["id"]).geometry
    nearest = [apart.drop(number).distance(point).min() for number, point in apart.items()]
    assert nearest == pytest.approx([spacing] * len(nearest), abs=15)
    assert not apart.x.is_monotonic_increasing
    assert (drawn.places["mapped"] != 255).all()


def test_clusters_are_tiles_in_random_order_with_their_places_together(tmp_path: Path) -> None:
    files = write_scene(tmp_path, "a", GRID, make_codes())
    drawn = draw_places(
        tmp_path,
        files,
        design="simple_random",
        units=120,
        clusters={"size": 200.0, "units": 6},
    )
    clusters = drawn.design.clusters
    assert clusters is not None
    assert (clusters.size_m, clusters.drawn, clusters.units) == (200.0, 20, 6)
    assert clusters.tiles == 48
    order = drawn.places["cluster"].tolist()
    changes = sum(first != second for first, second in pairwise(order))
    assert changes == len(set(order)) - 1 == 19
    assert order[:60:6] != sorted(order[:60:6])
    for _, tile in drawn.places.groupby("cluster"):
        box = tile.total_bounds
        assert max(box[2] - box[0], box[3] - box[1]) <= 210
    assert drawn.places["weight_m2"].sum() == pytest.approx(sum(drawn.sizes.values()), rel=0.15)
    assert {own.probability for own in drawn.design.strata} == {None}


def test_weights_of_clusters_sum_to_the_map_on_average(tmp_path: Path) -> None:
    files = write_scene(tmp_path, "a", GRID, make_codes())
    sums = []
    for seed in range(8):
        settings = {"units": 60, "clusters": {"size": 400.0, "units": 6}}
        drawn = draw_places(tmp_path, files, seed=seed, design="simple_random", **settings)
        sums.append(drawn.places["weight_m2"].sum())
    assert np.mean(sums) == pytest.approx(sum(drawn.sizes.values()), rel=0.08)


def test_pixels_that_the_map_abstains_from_are_a_stratum_that_nobody_can_choose(
    tmp_path: Path,
) -> None:
    codes = make_codes()
    codes[100:] = np.where(codes[100:] == 255, 255, 254)
    files = write_scene(tmp_path, "a", GRID, codes)
    abstaining = Argmax(name="argmax", method="argmax", abstain=0.5)
    drawn = draw_places(tmp_path, files, refinement=abstaining)
    assert list(drawn.sizes) == ["field", "wood", "lake", "abstain"]
    assert [own.name for own in drawn.design.classes] == ["field", "wood", "lake"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"units": {"field": 9, "wood": 9, "lak": 9}}, "no such stratum.*Found: lak.*'lake'"),
        ({"units": {"field": 9, "wood": 9}}, "Found: nothing for lake"),
        (
            {"units": 900, "design": "simple_random", "clusters": {"size": 300, "units": 2}},
            "fewer tiles than are to be drawn",
        ),
        ({"buffers": {"lake": 50_000}}, "buffer is too wide"),
        ({"units": 2, "design": "systematic"}, "fewer than two places"),
    ],
)
def test_what_cannot_be_drawn_is_told(
    settings: dict[str, object], message: str, tmp_path: Path
) -> None:
    codes = make_codes()
    if "systematic" in settings.values():
        codes[:, :] = 255
        codes[0, 0] = FIELD
    files = write_scene(tmp_path, "a", GRID, codes)
    with pytest.raises(UserError, match=message):
        draw_places(tmp_path, files, **settings)


def test_a_map_without_any_pixel_is_refused(tmp_path: Path) -> None:
    files = write_scene(tmp_path, "a", GRID, np.full(GRID.shape, 255))
    with pytest.raises(UserError, match="no pixel of the map is in a stratum"):
        draw_places(tmp_path, files)


def test_a_code_that_is_not_in_the_legend_is_refused(tmp_path: Path) -> None:
    codes = make_codes()
    codes[5, 50] = 9
    files = write_scene(tmp_path, "a", GRID, codes)
    with pytest.raises(UserError, match=r"classes.tif: .*Found: 9\. Expected: one of 1, 4, 7"):
        draw_places(tmp_path, files)


def test_a_class_of_one_pixel_does_not_stop_the_sample(tmp_path: Path) -> None:
    codes = np.full(GRID.shape, FIELD)
    codes[3, 3] = LAKE
    drawn = draw_places(tmp_path, write_scene(tmp_path, "a", GRID, codes))
    assert drawn.units["lake"] == 1
    assert "lake" not in {figure.of for figure in drawn.design.expected if figure.value == 1}


def test_maps_of_two_methods_are_refused(tmp_path: Path) -> None:
    files = write_scene(tmp_path, "a", GRID, make_codes())
    other = tmp_path / "maps" / "a" / "unet" / "densecrf"
    other.mkdir()
    files.append(write_reference(other / "classes.tif", GRID, make_codes()))
    with pytest.raises(UserError, match="one network and one refinement"):
        draw_places(tmp_path, files, refinement=ARGMAX)
