"""The mistakes that `mutants.py` makes: one text of one file each, with the tests that ought to see it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """A mistake: in `file`, `right` becomes `wrong`; `tests` ought to see it."""

    file: str
    right: str
    wrong: str
    tests: str

    @property
    def name(self) -> str:
        """The file and both texts, on one line."""
        return f"{self.file}: {' '.join(self.right.split())} -> {' '.join(self.wrong.split())}"


def mutants_of(file: str, tests: str, *changes: tuple[str, str]) -> list[Mutant]:
    """Mutants of one file of the package, seen by the same tests."""
    return [Mutant(f"rs_seg/{file}", right, wrong, tests) for right, wrong in changes]


MUTANTS = [
    *mutants_of(
        "io/raw/warp.py",
        "tests/io/raw/test_warp.py",
        ("[0] >= 0.5", "[0] >= 0.25"),
        ("AVERAGE_FROM = 1.5", "AVERAGE_FROM = 2.5"),
        ("EXACT = 1e-9", "EXACT = 0.4"),
        ("np.where(held, warped, 0)", "warped"),
        ("np.clip(np.rint(values)", "np.clip(np.floor(values)"),
        ("XSCALE=repr(1 / self.ratio[1])", "XSCALE=repr(1 / self.ratio[0])"),
        ("return np.where(valid, pixels, np.zeros((), dtype=pixels.dtype)), valid", "return pixels, valid"),
    ),
    *mutants_of(
        "io/raw/georeference.py",
        "tests/io/raw",
        ("Affine.translation(column, row)", "Affine.translation(row, column)"),
        ("Affine.scale(columns, rows)", "Affine.scale(rows, columns)"),
        ("each.row - row, each.col - column", "each.row + row, each.col + column"),
        ("return a * x + b * y + c, d * x + e * y + f", "return a * x + c, e * y + f"),
        ("0.5 * math.sqrt(abs(own.determinant))", "50000 * math.sqrt(abs(own.determinant))"),
        ("transform.determinant != 0", "transform.determinant != 1"),
    ),
    *mutants_of(
        "io/raw/scene_grid.py",
        "tests/io/raw tests/stages/test_inspect.py",
        ("left = own.c if own.a > 0 else", "left = own.c if own.a < 0 else"),
        ("math.floor(left / resolution + SNAP)", "math.ceil(left / resolution + SNAP)"),
        ("math.ceil((top - bottom) / size - SNAP)", "math.floor((top - bottom) / size - SNAP)"),
        ("> extent / 2", "> extent * 2"),
        ("<= 90 + slack", "<= 900_000 + slack"),
        ("FINEST, COARSEST = 1 / 32, 1000", "FINEST, COARSEST = 1e-9, 1e9"),
    ),
    *mutants_of(
        "io/raw/validity.py",
        "tests/io/raw/test_source.py",
        ("alpha >= OPAQUE", "alpha > 0"),
        (
            'absent.all(axis=0) if self._rule.nodata_rule == "all"',
            'absent.any(axis=0) if self._rule.nodata_rule == "all"',
        ),
        ("valid &= np.isfinite(pixels).all(axis=0)", "valid &= ~np.isnan(pixels).all(axis=0)"),
        ("transparent + opaque >= EXTREMES", "transparent + opaque >= 0.1"),
        ("self.alpha = alpha if rule.mask in", "self.alpha = alpha if rule.mask not in"),
        ("for value in (*self._rule.values, *([] if tag is None else [tag])):", "for value in self._rule.values:"),
    ),
    *mutants_of(
        "io/raw/bands.py",
        "tests/io/raw/test_bands.py",
        ("keys.index(key) + 1", "keys.index(key)"),
        ("if index not in alphas", "if index in alphas"),
        ("first = 1 if tuple(colors[:3]) != DISPLAYED or same else 4", "first = 1"),
        ("return said in own or (_base", "return (_base"),
    ),
    *mutants_of(
        "algorithms/prediction/tiling.py",
        "tests/algorithms/prediction/test_tiling.py",
        ("TAPER = 6", "TAPER = 2"),
        ("distance / max(self.overlap, 1)", "distance / max(self.overlap // 2, 1)"),
        ("taper / sums[origin : origin + self.tile]", "taper"),
        ("(following + origin + self.tile) // 2", "(following + origin + self.tile) // 3"),
        ("top // align * align", "top"),
        ("padded - tile, tile - shared)", "padded - tile, tile)"),
        ("shared = min(_round_up(overlap, stride), tile - stride)", "shared = min(overlap, tile - stride)"),
        ("len(bands) * (index - 1) // of", "len(bands) * index // of"),
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
        ("[each.expand(buffer) for each in test])", "[each.expand(buffer - 1) for each in test])"),
        ("[each.expand(buffer) for each in [*test, *validation]]", "[each.expand(buffer) for each in test]"),
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
        "algorithms/inspection/ground_area.py",
        "tests/algorithms/inspection",
        ("if crs.is_geographic:", "if False:"),
        ("a * columns + b * rows + c", "a * columns + c"),
    ),
    *mutants_of(
        "algorithms/vectorizing/ellipsoid.py",
        "tests/algorithms/vectorizing/test_ellipsoid.py tests/algorithms/vectorizing/test_ground.py",
        ("normal * (1 - self._flatness) * np.sin(latitude)", "normal * np.sin(latitude)"),
        ("pattern[:, -1] = (-1, -2, 1.5, -2, 0.5)", "pattern[:, -1] = (1, 2, -1.5, 2, -0.5)"),
    ),
    *mutants_of(
        "algorithms/vectorizing/ground.py",
        "tests/algorithms/vectorizing/test_ground.py",
        ("left - right if signed else left + right", "left + right"),
    ),
    *mutants_of(
        "values/confusion.py",
        "tests/values/test_confusion.py",
        ("_ratio(self.agreed, self.mapped)", "_ratio(self.agreed, self.reference)"),
        ("self.reference + self.mapped - self.agreed", "self.reference + self.mapped"),
        ("self.overall_accuracy() - chance, 1 - chance", "self.overall_accuracy() - chance, 1"),
        ("columns = self.counts.sum(axis=0).astype(float)", "columns = self.mapped"),
        ("values[~np.isnan(values)]", "np.nan_to_num(values)"),
        ("(reference >= 0) & (mapped >= 0)", "reference >= 0"),
        ("* columns + mapped[counted]", "* classes + mapped[counted]"),
        ("mapped * (total - mapped)", "mapped * total"),
        ("_scalar_ratio(self.abstained.sum(), self.total)", "_scalar_ratio(self.abstained.sum(), self.agreed.sum())"),
        ("_mean(self.recall())", "_mean(self.precision())"),
    ),
    *mutants_of(
        "algorithms/reporting/bootstrap.py",
        "tests/algorithms/reporting",
        ("tail = 50 * (1 - LEVEL)", "tail = 100 * (1 - LEVEL)"),
        ("low, high = intervals(figures[first] - figures", "low, high = intervals(figures[first] + figures"),
        ("default_rng(seed)", "default_rng(0)"),
    ),
    *mutants_of(
        "values/probabilities.py",
        "tests/values",
        ("np.rint(scaled, out=scaled)", "scaled"),
        ("bytes_[~valid] = NODATA", "pass"),
    ),
    *mutants_of(
        "values/legend.py",
        "tests/values",
        ("np.where(indices < 0, len(self), indices)", "indices"),
        ("return 255 if max(self.codes) < 255", "return 255 if max(self.codes) <= 255"),
    ),
    *mutants_of(
        "cli/fingerprint.py",
        "tests/cli/test_fingerprint.py",
        ('"revision": signature_of(stage).revision', '"revision": 1'),
        ('SIZES = {"height", "width"}', 'SIZES = {"height", "width", "fields"}'),
        ("sort_keys=True", "sort_keys=False"),
        ('CUTS = {"shards", "shard_megapixels"}', 'CUTS = {"shards"}'),
    ),
    *mutants_of(
        "io/delivery/virtual_mosaic.py",
        "tests/io/delivery",
        ("{escape(source.path)}", "{source.path}"),
        ("{escape(band.name)}", "{band.name}"),
    ),
    *mutants_of(
        "algorithms/prediction/applicability.py",
        "tests/algorithms/prediction/test_applicability.py",
        ("TOLERANCE = 0.1", "TOLERANCE = 10"),
        ("list(image_bands).index(band)", "list(model_bands).index(band)"),
    ),
    *mutants_of(
        "io/raw/labels.py",
        "tests/stages/test_label.py tests/stages/test_label_facts.py",
        ("points[:, ::-1]", "points"),
        ("(*table.warnings, *moved.warnings)", "table.warnings"),
        ("if not warped.overlaps:", "if False:"),
        ('resampling="nearest"', 'resampling="average"'),
    ),
    *mutants_of(
        "io/raw/label_raster.py",
        "tests/stages/test_label_colors.py tests/stages/test_label.py",
        ("float(red << 16 | green << 8 | blue)", "float(blue << 16 | green << 8 | red)"),
        ("(red << 16 | green << 8 | blue)[None], valid", "(red << 16 | blue << 8 | green)[None], valid"),
        ("valid & (colors[0] >= 0)", "valid"),
        ("alpha >= OPAQUE or value == dataset.nodatavals[0]", "alpha >= OPAQUE"),
        ("ignores_nodata or None in tags", "ignores_nodata and None in tags"),
        ("False if value is None else band == value", "True if value is None else band == value"),
        ("return is_opaque(self.dataset.read(self.dataset.count, window=inside))", "return True"),
        ("self.dataset.read_masks(1, window=inside) > 0", "self.dataset.read_masks(1, window=inside) >= 0"),
    ),
    *mutants_of(
        "algorithms/labelling/codes.py",
        "tests/algorithms/labelling tests/stages/test_label.py",
        ("{**by_code, **by_name, **renamed}", "{**renamed, **by_code, **by_name}"),
        ("UNKNOWN if text in self.unlabelled else self.codes.get(text, UNKNOWN)", "self.codes.get(text, UNKNOWN)"),
        ('unicodedata.normalize("NFC", str(value)).strip()', "str(value).strip()"),
        ("return str(int(value))", "return str(value)"),
        ("key=lambda item: (-item[1], item[0])", "key=lambda item: (item[1], item[0])"),
    ),
    *mutants_of(
        "algorithms/labelling/colors.py",
        "tests/algorithms/labelling/test_colors.py",
        ("known = gaps <= self.tolerance", "known = gaps < self.tolerance"),
        ("self.palette).max(axis=2)", "self.palette).sum(axis=2)"),
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
        ("reach = -(-buffer // board.cell)", "reach = buffer // board.cell"),
        ("(1, 2 * reach + 1, 2 * reach + 1)", "(1, reach + 1, reach + 1)"),
        ("~_dilate(test | validation, reach)", "~_dilate(test, reach)"),
        ("np.where(each.sum(axis=-1) > 0, drawn[best][scene], UNUSED)", "drawn[best][scene]"),
    ),
    *mutants_of(
        "algorithms/splitting/folds.py",
        "tests/algorithms/splitting/test_folds.py",
        ("loads[lightest] += weights[index]", "loads[lightest] += 1"),
        ("np.where(own > 0, each, NO_FOLD)", "each"),
    ),
    *mutants_of(
        "algorithms/splitting/footprints.py",
        "tests/algorithms/splitting/test_footprints.py tests/stages/test_split.py",
        ("shapely.area(shapely.union(first, second))", "shapely.area(first)"),
        ("shapely.buffer(shared, -0.5 * pixel)", "shapely.buffer(shared, 0.5 * pixel)"),
        ('_reproject(shape, grid, "EPSG:4326"))', "shape)"),
    ),
    *mutants_of(
        "stages/split.py",
        "tests/stages/test_split.py",
        ("seed if folds is None else [seed, fold]", "seed"),
        ("generator=np.random.default_rng(seed),", "generator=np.random.default_rng(0),"),
        ("each == fold for each in folds", "each != fold for each in folds"),
    ),
    *mutants_of(
        "algorithms/training/balance.py",
        "tests/algorithms/training/test_balance.py",
        ("np.random.default_rng((seed, epoch, 1))", "np.random.default_rng((seed, 1))"),
        ("np.cumsum(np.prod(np.maximum(lengths, 0), axis=1))", "np.arange(1, len(lengths) + 1)"),
    ),
    *mutants_of(
        "stages/preview.py",
        "tests/stages/test_preview.py",
        ('scene.name, "train")', 'scene.name, "validation")'),
        ("repeated[0], repeated[1], repeated[2]", "repeated[0], repeated[1], repeated[2].flip(-1)"),
    ),
    *mutants_of(
        "stages/parts/map_survey.py",
        "tests/stages/test_map_survey.py",
        ("ground_pixel_size(self.grid) ** 2 / 10_000", "ground_pixel_size(self.grid) / 10_000"),
        ("-window.row % step, -window.column % step", "0, 0"),
    ),
    *mutants_of(
        "algorithms/reporting/class_counts.py",
        "tests/algorithms/reporting/test_class_counts.py",
        ("indices[indices >= 0]", "indices[indices > 0]"),
    ),
    *mutants_of(
        "values/texts.py",
        "tests/values/test_texts.py tests/values/test_scene_rows.py",
        (r"[=+\-@\t\r\n＝＋－＠]", r"[=+\-@\t\r\n]"),
        ("FORMULA.match(text) and not NUMBER.fullmatch(text)", "FORMULA.match(text)"),
        ("""cell.startswith("'") and FORMULA.match(cell)""", """cell.startswith("'")"""),
        ("writer.writerow([_defuse(name) for name in columns])", "writer.writerow(columns)"),
        (r""".replace("\r", "\n")""", ""),
    ),
    *mutants_of(
        "values/scene_rows.py",
        "tests/values/test_scene_rows.py",
        ("trim_cell(restore_text(trim_cell(cell)))", "trim_cell(cell)"),
    ),
    *mutants_of(
        "values/names.py",
        "tests/values/test_names.py",
        ('if path == "~" or path.startswith("~/"):', 'if path == "~":'),
        ("""name != name.strip("'\\"")""", "False"),
        ('len(name.encode("utf-8", errors="replace"))', "len(name)"),
    ),
    *mutants_of(
        "io/raw/templates.py",
        "tests/io/raw/test_templates.py",
        ("re.escape(literal)", "literal"),
        ("re.escape(values[name])", "values[name]"),
    ),
]
