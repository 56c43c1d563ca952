"""A trained model, and what it says of an image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from rs_seg.api.grids import Transform, place
from rs_seg.api.images import lay_array, lay_raster
from rs_seg.config import AccelerateConfig, PredictConfig, TrainedModel, parse_section
from rs_seg.errors import UserError
from rs_seg.io.model import read_description
from rs_seg.io.model_description import ModelDescription
from rs_seg.io.raster import RasterReader
from rs_seg.values import ClassNames, dequantize
from rs_seg.values.grid import Grid, crs_of, whole
from rs_seg.values.probabilities import NODATA

if TYPE_CHECKING:
    import geopandas

ENGINE = "engine"
"""Folder beside a model file in the results of a run: what computes it there."""


@dataclass(frozen=True)
class Prediction:
    """What a model says of an image.

    `classes` (H, W) are codes, `nodata` where the image has no data. `probabilities` (C, H, W) are
    float32 from 0 to 1 in steps of 1/254, as the workflow keeps them, in the order of `names`; NaN
    where the image has no data.
    """

    classes: NDArray[np.unsignedinteger]
    probabilities: NDArray[np.float32]
    nodata: int
    names: dict[int, str]
    """Name of each code."""
    grid: Grid

    @property
    def transform(self) -> Affine:
        """From columns and rows to the CRS."""
        return self.grid.affine

    @property
    def crs(self) -> str:
        """WKT."""
        return str(crs_of(self.grid).to_wkt())

    @property
    def confidence(self) -> NDArray[np.float32]:
        """Probability of the class (H, W), 0 to 1; NaN where the image has no data."""
        return np.asarray(self.probabilities.max(axis=0), dtype=np.float32)

    def polygonize(self, **settings: Any) -> geopandas.GeoDataFrame:
        """The map as polygons: see `rs_seg.polygonize`, with its settings."""
        from rs_seg.api.polygons import polygonize  # geopandas is loaded where it is asked for

        return polygonize(
            self.classes,
            self.transform,
            self.crs,
            names=self.names,
            nodata=self.nodata,
            confidence=self.confidence,
            **settings,
        )


@dataclass(frozen=True)
class Model:
    """A trained model in a file; read by `rs_seg.load_model`."""

    path: Path
    engine: Path | None
    """Folder of the accelerate stage that computes it; None: torch in float32."""

    @cached_property
    def _description(self) -> ModelDescription:
        return read_description(self.path)

    @property
    def kind(self) -> str:
        """`convolutional` for networks of layers, or the name of a method of single pixels."""
        return self._description.kind

    @property
    def bands(self) -> tuple[str, ...]:
        """Names of the bands that it looks at, in its order."""
        return self._description.bands

    @property
    def names(self) -> dict[int, str]:
        """Name of each code in its maps."""
        return {own.code: own.name for own in self._description.classes}

    @property
    def resolution_m(self) -> float | None:
        """Pixel size of its training images in metres on the ground; None: it has none."""
        return self._description.resolution_m

    @property
    def window(self) -> int:
        """Height and width of its training windows, in pixels."""
        return self._description.window

    def predict(
        self,
        image: str | Path | NDArray[Any],
        *,
        transform: Transform | None = None,
        crs: Any = None,
        bands: Sequence[str] | None = None,
        nodata: float | None = None,
        **settings: Any,
    ) -> Prediction:
        """The map of an image, by the stage `predict`: the same pixels as in the workflow.

        The result is held in memory; for images that do not fit, use `rs-seg map`.

        Args:
            image: Path of a raster, or an array (B, H, W).
            transform: Of an array: from columns and rows to the CRS. None, like `crs`: the pixels
                have the size that the model was trained with, and lie nowhere.
            crs: Of an array: anything that pyproj understands.
            bands: Names of the bands, in the order of the image. None: the descriptions of the
                raster where the model's bands are among them; else the model's bands in its order,
                which must be as many.
            nodata: Value of pixels without data. None: what the raster declares or masks; of an
                array, NaN.
            **settings: Those of `predict` in docs/configuration.md, such as tile=512,
                symmetries="flips", join="exact".

        Raises:
            UserError: the image does not fit the model, or a setting is not valid.

        Examples:
            model = rs_seg.load_model("results/my/models/unet/model.safetensors")
            prediction = model.predict("scene.tif", symmetries="flips")
            prediction.polygonize(minimum_area=4).to_file("scene.gpkg")
        """
        config = parse_section(PredictConfig, settings, section="predict", where="predict")
        with TemporaryDirectory(prefix="rs_seg_") as folder:
            laid = Path(folder) / "image" / "image.tif"
            laid.parent.mkdir()
            if isinstance(image, (str, Path)):
                lay_raster(laid, Path(image), self.bands, bands, nodata)
            else:
                pixels = np.asarray(image)
                grid = self._place(pixels, transform, crs)
                lay_array(laid, pixels, grid, self.bands, bands, nodata)
            return self._map(config, laid, Path(folder))

    def _place(self, pixels: NDArray[Any], transform: Transform | None, crs: Any) -> Grid:
        if transform is None and crs is None:
            side = self.resolution_m or 1.0
            return place(pixels.shape, Affine(side, 0, 500_000, 0, -side, 0), "EPSG:32631")
        return place(pixels.shape, transform, crs)

    def _map(self, config: PredictConfig, image: Path, folder: Path) -> Prediction:
        from rs_seg.stages.predict.work import predict  # loads what computes

        class_names: ClassNames = self._description.classes
        probabilities = folder / "probabilities.tif"
        predict(
            config,
            class_names,
            model=self.path,
            engine=self._open_engine(image),
            image=image,
            shards=[],
            probabilities=probabilities,
            strips=folder / "strips",
        )
        with RasterReader(probabilities) as reader:
            bytes_, grid = reader.read(whole(reader.grid)), reader.grid
        valid = bytes_[0] != NODATA
        indices = np.where(valid, bytes_.argmax(axis=0), -1)
        return Prediction(
            class_names.encode(indices),
            dequantize(bytes_).astype(np.float32),
            class_names.nodata,
            self.names,
            grid,
        )

    def _open_engine(self, image: Path) -> Path | None:
        """The folder of what computes a network of layers; None for methods of single pixels.

        Without one, torch computes, and how far tiles overlap is measured on the first image.
        """
        if self.kind != "convolutional":
            return None
        if self.engine is not None:
            return self.engine
        engine = Path(self._own_folder.name) / ENGINE
        if not engine.exists():
            from rs_seg.stages.accelerate.work import accelerate  # loads torch

            accelerate(
                AccelerateConfig(engine="torch", precision="float32"),
                TrainedModel(model=str(self.path), name="model"),
                self._description.classes,
                (),
                None,
                1,
                False,
                0,
                model=self.path,
                onnx=self.path,  # not read where torch computes
                images=[image],
                references=[],
                split=[],
                engine=engine,
            )
        return engine

    @cached_property
    def _own_folder(self) -> TemporaryDirectory[str]:
        """Of the engine, as long as the model lives."""
        return TemporaryDirectory(prefix="rs_seg_")


def load_model(path: str | Path, *, engine: str | Path | None = None) -> Model:
    """A trained model from its file (.safetensors), which runs no code when it is read.

    Args:
        path: The model file, `models/N/model.safetensors` in the results of a run.
        engine: Folder of what computes a network of layers. None: the folder `engine` beside the
            model where a run left one, so that maps are those of the run; else torch in float32.

    Raises:
        UserError: there is no such file, it is no model of rs_seg, or it finds objects.
    """
    model = Path(path)
    description = read_description(model)
    if description.kind == "detector":
        raise UserError(
            "the model finds objects and makes no map",
            where=model,
            expected="a network or another method that maps",
            remedy="apply it with the workflow: docs/objects.md",
        )
    beside = model.parent / ENGINE
    chosen = beside if engine is None and beside.is_dir() else engine
    return Model(model, None if chosen is None else Path(chosen))
