"""Mistakes in methods (`rs_seg/algorithms`), for `mutants.py`."""

from __future__ import annotations

from mutant import mutants_of

METHODS = [
    *mutants_of(
        "algorithms/prediction/tiling.py",
        "tests/algorithms/prediction/test_tiling.py",
        ("TAPER = 6", "TAPER = 2"),
        ("distance / max(self.overlap, 1)", "distance / max(self.overlap // 2, 1)"),
        ("taper / sums[origin : origin + self.tile]", "taper"),
        ("(following + origin + self.tile) // 2", "(following + origin + self.tile) // 3"),
        ("top // align * align", "top"),
        ("padded - tile, tile - shared)", "padded - tile, tile)"),
        (
            "shared = min(_round_up(overlap, stride), tile - stride)",
            "shared = min(overlap, tile - stride)",
        ),
        ("len(strips) * (index - 1) // of", "len(strips) * index // of"),
    ),
    *mutants_of(
        "algorithms/prediction/blending.py",
        "tests/algorithms/prediction/test_stream.py",
        ("self._sums[:, rest:] = 0", "pass"),
        ("self._sums[:, *place] += weighted_KHW", "self._sums[:, *place] = weighted_KHW"),
        ("self._plan.columns.weights[column, columns]", "self._plan.columns.weights[0, columns]"),
    ),
    *mutants_of(
        "algorithms/statistics.py",
        "tests/algorithms/test_statistics.py",
        ("change**2 * self.pixels * count / total", "change**2 * count / total"),
        ("change * count / total", "change * 0.5"),
        ("self._squares / self.pixels", "self._squares / (self.pixels - 1)"),
        ("-self.pixels % self._stride", "0"),
        ("positive.max() >= 10 * positive.min()", "positive.max() >= 1000 * positive.min()"),
    ),
    *mutants_of(
        "algorithms/splitting/blocks.py",
        "tests/algorithms/splitting tests/stages/test_split.py",
        (
            "[rectangle.expand(buffer) for rectangle in tested])",
            "[rectangle.expand(buffer - 1) for rectangle in tested])",
        ),
        (
            "[rectangle.expand(buffer) for rectangle in [*tested, *validation]]",
            "[rectangle.expand(buffer) for rectangle in tested]",
        ),
        ("np.maximum(rows, columns).min()", "np.minimum(rows, columns).min()"),
        ("np.bincount(places[indices >= 0]", "np.bincount(places[indices > 0]"),
    ),
    *mutants_of(
        "algorithms/splitting/areas.py",
        "tests/algorithms/splitting tests/algorithms/training/test_plan.py",
        ("area == size * size", "area >= size"),
        ("p=numbers / numbers.sum()", "p=None"),
        ("min(int(draw[0] * positions.height), positions.height - 1)", "0"),
        ("& ~_cover(rows, columns, removed)", ""),
    ),
    *mutants_of(
        "algorithms/training/plan.py",
        "tests/algorithms/training/test_plan.py",
        ("default_rng((seed, epoch))", "default_rng(seed)"),
        ("p=pixels / pixels.sum()", "p=None"),
        ("(size - tile.height) // 2", "0"),
    ),
    *mutants_of(
        "algorithms/labelling/rasterize.py",
        "tests/algorithms/labelling tests/stages/test_label.py",
        ("np.sort(self._tree.query", "(self._tree.query"),
        ("layers > 1", "layers > 0"),
    ),
    *mutants_of(
        "algorithms/labelling/ground_area.py",
        "tests/algorithms/labelling/test_ground_area.py",
        ("if crs.is_geographic:", "if False:"),
        ("a * columns + b * rows + c", "a * columns + c"),
    ),
    *mutants_of(
        "algorithms/vectorizing/ellipsoid.py",
        "tests/algorithms/vectorizing/test_ellipsoid.py "
        "tests/algorithms/vectorizing/test_ground.py",
        ("normal * (1 - self._flatness) * np.sin(latitude)", "normal * np.sin(latitude)"),
        ("pattern[:, -1] = (-1, -2, 1.5, -2, 0.5)", "pattern[:, -1] = (1, 2, -1.5, 2, -0.5)"),
    ),
    *mutants_of(
        "algorithms/vectorizing/ground.py",
        "tests/algorithms/vectorizing/test_ground.py",
        ("left - right if signed else left + right", "left + right"),
    ),
    *mutants_of(
        "algorithms/percentile_intervals.py",
        "tests/algorithms/reporting",
        ("tail = 50 * (1 - LEVEL)", "tail = 100 * (1 - LEVEL)"),
    ),
    *mutants_of(
        "algorithms/reporting/bootstrap.py",
        "tests/algorithms/reporting",
        (
            "low, high = intervals(figures[first] - figures",
            "low, high = intervals(figures[first] + figures",
        ),
        ("default_rng(seed)", "default_rng(0)"),
    ),
    *mutants_of(
        "algorithms/prediction/applicability.py",
        "tests/algorithms/prediction/test_applicability.py",
        ("TOLERANCE = 0.1", "TOLERANCE = 10"),
        ("list(image_bands).index(band)", "list(model_bands).index(band)"),
    ),
    *mutants_of(
        "algorithms/labelling/codes.py",
        "tests/algorithms/labelling tests/stages/test_label.py",
        ("{**by_code, **by_name, **renamed}", "{**renamed, **by_code, **by_name}"),
        (
            "UNKNOWN if text in self.unlabelled else self.codes.get(text, UNKNOWN)",
            "self.codes.get(text, UNKNOWN)",
        ),
        ('unicodedata.normalize("NFC", str(value)).strip()', "str(value).strip()"),
        ("return str(int(value))", "return str(value)"),
        ("key=lambda item: (-item[1], item[0])", "key=lambda item: (item[1], item[0])"),
    ),
    *mutants_of(
        "algorithms/labelling/colors.py",
        "tests/algorithms/labelling/test_colors.py",
        ("known = gaps <= self.tolerance", "known = gaps < self.tolerance"),
        ("- self.palette).max(", "- self.palette).sum("),
        ("part = slice(first, first + CHUNK)", "part = slice(first, first + CHUNK - 1)"),
    ),
    *mutants_of(
        "algorithms/labelling/pixels.py",
        "tests/algorithms/labelling tests/stages/test_label_colors.py",
        ("counts[known & ~self._coding.is_exact(values)]", "counts[known]"),
    ),
    *mutants_of(
        "algorithms/splitting/arrange.py",
        "tests/algorithms/splitting tests/stages/test_split.py",
        ("reach = -(-board.buffer // board.cell)", "reach = board.buffer // board.cell"),
        ("(1, 2 * reach + 1, 2 * reach + 1)", "(1, reach + 1, reach + 1)"),
        ("~_dilate(test | validation, reach)", "~_dilate(test, reach)"),
        (
            "np.where(board_counts.sum(axis=-1) > 0, drawn[best][scene], UNUSED)",
            "drawn[best][scene]",
        ),
    ),
    *mutants_of(
        "algorithms/splitting/folds.py",
        "tests/algorithms/splitting/test_folds.py",
        ("loads[lightest] += weights[index]", "loads[lightest] += 1"),
        ("np.where(own > 0, fold_of, NO_FOLD)", "fold_of"),
    ),
    *mutants_of(
        "algorithms/splitting/footprints.py",
        "tests/algorithms/splitting/test_footprints.py tests/stages/test_split.py",
        ("shapely.area(shapely.union(first, second))", "shapely.area(first)"),
        ("shapely.buffer(shared, -0.5 * pixel)", "shapely.buffer(shared, 0.5 * pixel)"),
        ('_reproject(shape, grid, "EPSG:4326"))', "shape)"),
    ),
    *mutants_of(
        "algorithms/training/balance.py",
        "tests/algorithms/training/test_balance.py",
        ("np.random.default_rng((seed, epoch, 1))", "np.random.default_rng((seed, 1))"),
        ("np.cumsum(np.prod(np.maximum(lengths, 0), axis=1))", "np.arange(1, len(lengths) + 1)"),
    ),
    *mutants_of(
        "algorithms/reporting/class_counts.py",
        "tests/algorithms/reporting/test_class_counts.py",
        ("indices[indices >= 0]", "indices[indices > 0]"),
    ),
]
