"""Small regions and holes become part of their neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from skimage.measure import label

from rs_seg.algorithms.vectorizing.arcs import Arcs
from rs_seg.algorithms.vectorizing.borders.tracing import Strip, trace
from rs_seg.algorithms.vectorizing.generalization import generalize

CLASSES = 3


@dataclass
class Scene:
    """A map of class indices, negative where there is none, and what decides about its regions."""

    labels: NDArray[np.int32]
    weights: NDArray[np.float64]
    chances: NDArray[np.float64]
    arcs: Arcs
    kinds: NDArray[np.int32]
    areas: NDArray[np.float64]
    sums: NDArray[np.float64]

    def generalized(
        self,
        minima: list[float],
        holes: list[float],
        *,
        separate: tuple[int, ...] = (),
        probable: bool = False,
        pixel_size: tuple[float, float] = (1.0, 1.0),
    ) -> NDArray[np.int32]:
        return generalize(
            self.arcs,
            kinds=self.kinds,
            areas=self.areas,
            minimum_areas=np.array(minima, dtype=np.float64),
            hole_areas=np.array(holes, dtype=np.float64),
            separate=np.isin(np.arange(len(minima)), separate),
            probability_sums=self.sums if probable else None,
            pixel_size=pixel_size,
        )


def scene_of(
    classes: NDArray[np.int32],
    *,
    objects: NDArray[np.int32] | None = None,
    weights: NDArray[np.float64] | None = None,
    chances: NDArray[np.float64] | None = None,
) -> Scene:
    """Regions of equal class and object, with areas.

    Areas are sums of the weights of their pixels (1 each), so sums are exact.
    """
    objects = np.zeros_like(classes) if objects is None else objects
    weights = np.ones(classes.shape) if weights is None else weights
    chances = np.zeros((CLASSES, *classes.shape)) if chances is None else chances
    values = np.where(classes < 0, -1, classes * 10_000 + objects).astype(np.int32)
    labels = label(values, background=-1, connectivity=1).astype(np.int32)
    arcs, regions = trace([Strip(values)])
    count = labels.max(initial=0) + 1
    assert count == len(regions) + 1, "the regions of the tracer and of scikit-image"
    kinds = np.full(count, -1, dtype=np.int32)
    kinds[labels] = np.where(classes < 0, -1, classes)
    sums = np.stack([np.bincount(labels.ravel(), each.ravel(), count) for each in chances], axis=1)
    areas = np.bincount(labels.ravel(), weights.ravel(), count)
    return Scene(labels, weights, chances, arcs, kinds, areas, sums)


def merged(scene: Scene, mapping: NDArray[np.int32]) -> Scene:
    """The map anew after regions were merged.

    Touching regions of one class that were kept apart stay so.
    """
    labels = mapping[scene.labels]
    classes = np.where(labels > 0, scene.kinds[labels], -1).astype(np.int32)
    return scene_of(classes, objects=labels, weights=scene.weights, chances=scene.chances)


class Sieve:
    """The same rules on the raster, slow and plain."""

    def __init__(
        self,
        scene: Scene,
        minima: list[float],
        holes: list[float],
        separate: tuple[int, ...],
        probable: bool,
        pixel_size: tuple[float, float],
    ) -> None:
        self.labels = np.pad(scene.labels, 1)
        self.kinds, self.areas, self.sums = scene.kinds, scene.areas.copy(), scene.sums.copy()
        self.minima, self.holes, self.separate = minima, holes, separate
        self.probable, self.pixel_size = probable, pixel_size

    def run(self) -> NDArray[np.int32]:
        for step in (self.fill_one, self.merge_one, self.fill_one):
            while step():
                pass
        assert not self.merge_one(), "nothing is left to do"
        return self.labels[1:-1, 1:-1]

    def unite(self, target: int, part: int) -> None:
        self.areas[target] += self.areas[part]
        self.sums[target] += self.sums[part]
        self.labels[self.labels == part] = target

    def regions(self) -> list[int]:
        return [int(each) for each in np.unique(self.labels) if each > 0]

    def fill_one(self) -> bool:
        """The largest hole that is to be filled: it holds the holes within."""
        found = []
        for region in self.regions():
            pieces = label(self.labels != region, connectivity=1)
            for piece in range(1, pieces.max() + 1):
                inside = np.unique(self.labels[pieces == piece])
                area = self.areas[inside].sum()
                if 0 not in inside and area < self.holes[self.kinds[region]]:
                    found.append((area, region, inside))
        if not found:
            return False
        _, region, inside = max(found, key=lambda hole: hole[0])
        for part in inside:
            self.unite(region, part)
        return True

    def borders(self, region: int) -> dict[int, float]:
        lengths: dict[int, float] = {}
        for axis, length in ((0, self.pixel_size[1]), (1, self.pixel_size[0])):
            for step in (-1, 1):
                for other in self.labels[np.roll(self.labels == region, step, axis=axis)]:
                    if other not in (0, region):
                        lengths[int(other)] = lengths.get(int(other), 0) + length
        return lengths

    def merge_one(self) -> bool:
        for _, region in sorted((self.areas[each], each) for each in self.regions()):
            lengths = self.borders(region)
            if self.areas[region] >= self.minima[self.kinds[region]] or not lengths:
                continue
            chances = {
                other: self.sums[region, self.kinds[other]] if self.probable else 0
                for other in lengths
            }
            target = max(lengths, key=lambda other: (chances[other], lengths[other], -other))
            kind = self.kinds[target]
            self.unite(target, region)
            for other in lengths:
                if other != target and self.kinds[other] == kind and kind not in self.separate:
                    self.unite(target, other)
            return True
        return False


@st.composite
def scenes(draw: st.DrawFn, *, largest: int = 9) -> tuple[Scene, tuple[int, ...]]:
    """Patchy maps with or without nodata, and the classes whose touching objects are apart."""
    height, width = draw(st.integers(1, largest)), draw(st.integers(1, largest))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    block = draw(st.integers(1, 3))
    chances = draw(
        st.sampled_from([(0.0, 0.4, 0.4, 0.2), (0.1, 0.5, 0.2, 0.2), (0.0, 0.8, 0.2, 0.0)])
    )
    coarse = rng.choice(np.arange(-1, CLASSES, dtype=np.int32), (height, width), p=chances)
    classes = np.kron(coarse, np.ones((block, block), dtype=np.int32))[:height, :width].astype(
        np.int32
    )
    classes = np.where(rng.random(classes.shape) < 0.15, coarse, classes)
    separate = draw(st.sampled_from([(), (1,), (0, 2)]))
    objects = np.where(np.isin(classes, separate), rng.integers(0, 3, classes.shape), 0).astype(
        np.int32
    )
    weights = rng.integers(1, 4, classes.shape).astype(np.float64)
    return (
        scene_of(
            classes,
            objects=objects,
            weights=weights,
            chances=rng.integers(0, 3, (CLASSES, *classes.shape)),
        ),
        separate,
    )


limits = st.lists(
    st.sampled_from([0.0, 2.0, 3.0, 5.0, 12.0, 40.0]), min_size=CLASSES, max_size=CLASSES
)
ways = st.tuples(st.booleans(), st.sampled_from([(1.0, 1.0), (0.5, 2.0), (3.0, 1.0)]))


@given(scenes(), limits, limits, ways)
@settings(max_examples=150, deadline=None)
def test_maps_are_those_of_the_slow_sieve(
    drawn: tuple[Scene, tuple[int, ...]],
    minima: list[float],
    holes: list[float],
    way: tuple[bool, tuple[float, float]],
) -> None:
    scene, separate = drawn
    probable, pixel_size = way
    mapping = scene.generalized(
        minima, holes, separate=separate, probable=probable, pixel_size=pixel_size
    )
    expected = Sieve(scene, minima, holes, separate, probable, pixel_size).run()
    assert np.array_equal(mapping[scene.labels], expected)


@given(scenes(largest=25), limits, limits, ways)
@settings(max_examples=100, deadline=None)
def test_nothing_is_left_to_do(
    drawn: tuple[Scene, tuple[int, ...]],
    minima: list[float],
    holes: list[float],
    way: tuple[bool, tuple[float, float]],
) -> None:
    scene, separate = drawn
    probable, pixel_size = way
    mapping = scene.generalized(
        minima, holes, separate=separate, probable=probable, pixel_size=pixel_size
    )
    left = np.unique(mapping)
    assert np.array_equal(mapping[left], left)
    assert mapping[0] == 0
    assert (mapping[1:] > 0).all()
    again = merged(scene, mapping)
    assert len(again.kinds) == len(left), "regions that touch and are of one class are one region"
    assert np.array_equal(
        np.sort(again.areas[1:]), np.sort(np.bincount(mapping, scene.areas)[left][1:])
    )
    second = again.generalized(
        minima, holes, separate=separate, probable=probable, pixel_size=pixel_size
    )
    assert np.array_equal(second, np.arange(len(second)))
    for region in range(1, len(again.kinds)):
        small = again.areas[region] < minima[again.kinds[region]]
        assert not small or set(neighbours(again, region)) <= {0}


def neighbours(scene: Scene, region: int) -> list[int]:
    sides = scene.arcs.sides[(scene.arcs.sides == region).any(axis=1)]
    return [int(other) for other in sides.ravel() if other != region]


def drawing(*rows: str) -> NDArray[np.int32]:
    """Classes by their digits; dots are outside."""
    return np.array(
        [[-1 if each == "." else int(each) for each in row] for row in rows], dtype=np.int32
    )


def after(scene: Scene, mapping: NDArray[np.int32]) -> list[str]:
    """The drawing of a map after merging."""
    classes = scene.kinds[mapping[scene.labels]]
    return ["".join("." if each < 0 else str(each) for each in row) for row in classes]


NOTHING = [0.0] * CLASSES


def test_a_small_region_joins_the_neighbour_of_the_longest_border() -> None:
    scene = scene_of(drawing("0000", "0112", "2222"))
    assert after(scene, scene.generalized([0, 3, 0], NOTHING)) == ["0000", "0002", "2222"]


def test_borders_are_measured_on_the_ground() -> None:
    scene = scene_of(drawing("0222", "0111", "0222", "0222"))
    assert after(scene, scene.generalized([0, 4, 0], NOTHING, pixel_size=(7, 2)))[1] == "0000"
    assert after(scene, scene.generalized([0, 4, 0], NOTHING, pixel_size=(5, 2)))[1] == "0222"


def test_a_small_region_joins_the_neighbour_whose_class_is_most_probable_on_it() -> None:
    chances = np.zeros((CLASSES, 3, 4))
    chances[2, 1, 1:3] = 0.3, 0.5
    chances[0, 1, 1:3] = 0.6, 0.1
    scene = scene_of(drawing("0000", "0112", "0000"), chances=chances)
    assert after(scene, scene.generalized([0, 3, 0], NOTHING)) == ["0000", "0002", "0000"]
    assert after(scene, scene.generalized([0, 3, 0], NOTHING, probable=True)) == [
        "0000",
        "0222",
        "0000",
    ]


def test_ties_go_to_the_region_of_the_lower_number() -> None:
    scene = scene_of(drawing("210"))
    assert after(scene, scene.generalized([0, 2, 0], NOTHING)) == ["220"]


def test_all_neighbours_of_the_class_become_one_region() -> None:
    scene = scene_of(drawing("00100", "22122"))
    mapping = scene.generalized([0, 3, 0], NOTHING)
    assert after(scene, mapping) == ["00000", "22022"]
    assert mapping.tolist() == [0, 1, 1, 1, 4, 5]


def test_separate_classes_stay_apart() -> None:
    scene = scene_of(drawing("00100", "22122"))
    mapping = scene.generalized([0, 3, 0], NOTHING, separate=(0,))
    assert mapping.tolist() == [0, 1, 1, 3, 4, 5]


def test_minimum_areas_are_those_of_each_class() -> None:
    scene = scene_of(drawing("00000", "01020", "00000"))
    assert after(scene, scene.generalized([0, 2, 0], NOTHING)) == ["00000", "00020", "00000"]
    assert after(scene, scene.generalized([0, 0, 2], NOTHING)) == ["00000", "01000", "00000"]
    assert after(scene, scene.generalized([0, 1, 1], NOTHING)) == after(
        scene, np.arange(4, dtype=np.int32)
    )


def test_a_region_among_nodata_stays() -> None:
    scene = scene_of(drawing("1.0", "..0", "000"))
    assert after(scene, scene.generalized([9, 9, 9], [99, 99, 99])) == ["1.0", "..0", "000"]


def test_holes_smaller_than_the_limit_are_filled_with_all_that_is_in_them() -> None:
    scene = scene_of(drawing("00000", "01110", "01210", "01110", "00000"))
    assert scene.generalized(NOTHING, [10, 0, 0]).tolist() == [0, 1, 1, 1]
    assert scene.generalized(NOTHING, [9, 0, 0]).tolist() == [0, 1, 2, 3]
    assert scene.generalized(NOTHING, [9, 2, 0]).tolist() == [0, 1, 2, 2]


def test_nodata_in_a_hole_protects_it() -> None:
    scene = scene_of(drawing("00000", "011.0", "02200", "00000"))
    assert scene.generalized(NOTHING, [99, 0, 0]).tolist() == [0, 1, 2, 3]
    apart = scene_of(drawing("00000", "010.0", "00000"))
    assert apart.generalized(NOTHING, [99, 0, 0]).tolist() == [0, 1, 1]


def test_what_merging_encloses_is_filled() -> None:
    scene = scene_of(drawing("22222", "21100", "22222", "22222"))
    assert scene.generalized(NOTHING, [0, 0, 3]).tolist() == [0, 1, 2, 3]
    assert after(scene, scene.generalized([3, 0, 0], [0, 0, 3])) == ["22222"] * 4


def test_maps_without_regions_are_left() -> None:
    scene = scene_of(np.full((3, 4), -1, dtype=np.int32))
    assert scene.generalized([9, 9, 9], [9, 9, 9]).tolist() == [0]


def test_one_region_is_left() -> None:
    scene = scene_of(drawing("00"))
    assert scene.generalized([9, 9, 9], [9, 9, 9]).tolist() == [0, 1]


def test_a_long_chain_of_regions_needs_no_deep_calls() -> None:
    rings = (
        np.minimum.reduce(np.meshgrid(*[np.minimum(np.arange(399), np.arange(399)[::-1])] * 2)) % 2
    )
    scene = scene_of(rings.astype(np.int32))
    mapping = scene.generalized(NOTHING, [200 * 200, 0, 0])
    # Ring d of class 0, from the outermost, encloses a square of 397 - 2 d pixels: 199 and filled
    # from d = 100 on.
    assert mapping.tolist() == [*range(102), *[101] * 99]
