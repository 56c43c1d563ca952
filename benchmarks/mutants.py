"""Which small mistakes in the core the tests would not see: each is made in a copy, and the tests of its part are run.

    python benchmarks/mutants.py [--only tiling] [--workers 2]

A mutant is one replaced text in one file. It is killed when the tests fail, and survives when they pass. The exit
code is the number of survivors; a text that is no longer in its file counts as one, so that the list stays true.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

ROOT = Path(__file__).resolve().parents[1]
COPIED = ("rs_seg", "tests", "workflow", "config", "docs", "Snakefile", "pyproject.toml", "environment.yml")
LONGEST = 300
"""Seconds; tests that hang on a mutant have noticed it."""


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
]


def judge(mutant: Mutant, folder: Path) -> str:
    """What becomes of a mutant in a copy of the project: "killed", "survived" or "not found"."""
    path = folder / mutant.file
    text = path.read_text(encoding="utf-8")
    if text.count(mutant.right) != 1:
        return "not found"
    path.write_text(text.replace(mutant.right, mutant.wrong), encoding="utf-8")
    try:
        command = [sys.executable, "-B", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *mutant.tests.split()]
        environment = {**os.environ, "PYTHONPATH": str(folder), "NUMBA_CACHE_DIR": str(folder / "compiled")}
        ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        return "killed"
    finally:
        path.write_text(text, encoding="utf-8")
    return "survived" if ended.returncode == 0 else "killed"


@contextmanager
def copies(count: int) -> Iterator[SimpleQueue[Path]]:
    """So many copies of the project, to be taken and given back."""
    with tempfile.TemporaryDirectory() as folder:
        free: SimpleQueue[Path] = SimpleQueue()
        for number in range(count):
            copy = Path(folder, str(number))
            copy.mkdir()
            for name in COPIED:
                source = ROOT / name
                if source.is_dir():
                    shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
                else:
                    shutil.copy(source, copy / name)
            free.put(copy)
        yield free


def main() -> int:
    """Judge all mutants, or those whose file has a text in its name; returns the number of survivors."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="part of the path of the files to change")
    parser.add_argument("--workers", type=int, default=2, help="mutants that are judged at once")
    options = parser.parse_args()
    chosen = [mutant for mutant in MUTANTS if options.only in mutant.file]
    with copies(options.workers) as free, ThreadPoolExecutor(options.workers) as pool:

        def judge_in_a_copy(mutant: Mutant) -> str:
            folder = free.get()
            try:
                return judge(mutant, folder)
            finally:
                free.put(folder)

        verdicts = []
        for mutant, verdict in zip(chosen, pool.map(judge_in_a_copy, chosen), strict=True):
            verdicts.append(verdict)
            if verdict != "killed":
                print(f"{verdict:>10}  {mutant.name}", flush=True)
    print(f"{verdicts.count('killed')} of {len(chosen)} mutants killed")
    return len(chosen) - verdicts.count("killed")


if __name__ == "__main__":
    sys.exit(main())
