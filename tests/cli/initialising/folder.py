"""A folder of images and labels, and `rs-seg init` on it."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from typer.testing import CliRunner

from rs_seg.cli.app import app
from rs_seg.cli.completing import complete_settings
from rs_seg.config import RunConfig, load_config
from rs_seg.testing import grid_at, square, write_image, write_polygons
from rs_seg.values.grid import Grid
from rs_seg.values.texts import restore_text

SIDE = 64
"""Pixels of an image, of 2 m."""
LEFT, TOP = 500_000.0, 5_400_000.0


class Folder:
    """What `init` is asked to look at, and what it wrote."""

    def __init__(self, place: Path, name: str = "data") -> None:
        self.root = place / name
        self.root.mkdir()
        self.out = place / "my.yaml"
        self.printed = ""

    def grid(self, number: int = 0, *, pixel: float = 2.0, side: int = SIDE) -> Grid:
        """The grid of the image of this number: images lie beside one another, with a gap."""
        return grid_at(side, side, pixel=pixel, left=LEFT + 1000 * number)

    def add_image(
        self,
        name: str,
        number: int = 0,
        *,
        count: int = 3,
        dtype: str = "uint8",
        pixel: float = 2.0,
        bands: Sequence[str] | None = None,
        nodata: float | None = None,
    ) -> Path:
        """An image of noise."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        draw = np.random.default_rng(number)
        side = round(SIDE * 2 / pixel)
        pixels = draw.integers(1, 250, (count, side, side)).astype(dtype)
        grid = self.grid(number, pixel=pixel, side=side)
        return write_image(path, grid, pixels, bands=bands, nodata=nodata)

    def add_codes(
        self, name: str, codes: Sequence[int], number: int = 0, *, nodata: float | None = None
    ) -> Path:
        """A raster of codes in stripes."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        stripes = np.resize(np.repeat(np.array(codes), 4), (SIDE, SIDE)).astype("uint8")[None]
        return write_image(path, self.grid(number), stripes, nodata=nodata, bands=[""])

    def add_polygons(
        self,
        name: str,
        columns: Mapping[str, Sequence[Any]] | None = None,
        numbers: Sequence[int] = (0,),
        *,
        count: int = 4,
    ) -> Path:
        """Squares of 20 m on the images of these numbers, as many on each."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        squares = [
            square(LEFT + 1000 * number + 5 + 30 * (place % 4), TOP - 25 - 30 * (place // 4), 20)
            for number in numbers
            for place in range(count)
        ]
        return write_polygons(path, squares, columns=columns)

    def init(self, *options: str) -> RunConfig:
        """What the written configuration means; it must be valid, with the table it names."""
        self.printed = self.run(*options, code=0)
        assert len(self.printed.splitlines()) <= 15, self.printed
        return load_config(self.out, complete=complete_settings)

    def run(self, *options: str, code: int) -> str:
        """The output of the command, which ends with the code."""
        arguments = ["init", str(self.root), "--out", str(self.out), *options]
        result = CliRunner().invoke(app, arguments)
        if code:
            assert result.exception is not None, result.output
            return str(result.exception)
        assert result.exit_code == 0, f"{result.output}{result.exception!r}"
        return result.output

    @property
    def values(self) -> dict[str, Any]:
        """The values of the file as YAML has them."""
        loaded: dict[str, Any] = yaml.safe_load(self.out.read_text(encoding="utf-8"))
        return loaded

    @property
    def rows(self) -> list[dict[str, str]]:
        """The rows of the scene table."""
        with self.out.with_name("my_scenes.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        return [{key: restore_text(cell) for key, cell in row.items()} for row in rows]

    @property
    def labelled(self) -> list[str]:
        """Names of the scenes with labels."""
        return [row["scene"] for row in self.rows if row["labelled"] == "true"]
