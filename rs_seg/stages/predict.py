"""Class probabilities of a whole scene, streamed by overlapping tiles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rs_seg.config import PredictConfig
from rs_seg.progress import track
from rs_seg.values import ClassNames, InPath, OutPath, Window, quantize, thread_count

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rs_seg.algorithms.prediction.blending import Forward, Read
    from rs_seg.io.model import ModelDescription, Tensors
    from rs_seg.io.raster import RasterReader

REVISION = 1


def predict(
    config: PredictConfig,
    class_names: ClassNames,
    *,
    model: InPath,
    image: InPath,
    probabilities: OutPath,
) -> None:
    """Write one byte per pixel and class: 0..254 for probabilities 0..1, 255 where the image is invalid.

    Memory grows with the width of the scene, not with its height.
    """
    from rs_seg.algorithms.prediction.blending import blend_tiles
    from rs_seg.algorithms.prediction.tiling import plan_tiles
    from rs_seg.io.model import read_model
    from rs_seg.io.raster import BLOCK, RasterReader, create_raster, to_rasterio
    from rs_seg.values.probabilities import NODATA

    description, tensors = read_model(model)
    forest = description.kind == "forest"
    with RasterReader(image) as reader:
        order = _check(description, class_names, reader, model)
        plan = plan_tiles(
            reader.height, reader.width, tile=config.tile, overlap=0 if forest else config.overlap, multiple=32
        )
        forward = _forest_forward(tensors) if forest else _network_forward(description, tensors)
        strips = blend_tiles(
            plan,
            classes=len(class_names),
            read=_reading(reader, order),
            forward=forward,
            batch_size=config.batch_size,
            align=BLOCK,
        )
        with create_raster(
            probabilities, reader.grid, dtype="uint8", bands=class_names.names, nodata=NODATA
        ) as dataset:
            for strip in track(
                strips, total=len(set(plan.strip_ends(align=BLOCK))), description=f"predict {image.parent.name}"
            ):
                dataset.write(quantize(strip.probabilities), window=to_rasterio(strip.window))


def _check(description: ModelDescription, class_names: ClassNames, reader: RasterReader, model: Path) -> list[int]:
    """The positions of the model's bands in the image, once everything else fits too."""
    from rs_seg.algorithms.prediction.applicability import band_order, check_classes, check_resolution
    from rs_seg.values.grid import ground_pixel_size

    check_classes(description.classes, class_names, where=model)
    check_resolution(description.resolution_m, ground_pixel_size(reader.grid), where=reader.path)
    return band_order(description.bands, reader.bands, where=reader.path)


def _reading(reader: RasterReader, order: list[int]) -> Read:
    def read(window: Window) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        return reader.read(window)[order].astype("float32"), reader.read_valid(window)

    return read


def _forest_forward(tensors: Tensors) -> Forward:
    import numpy as np

    from rs_seg.algorithms.forest import predict_forest

    def forward(pixels_NBHW: NDArray[np.float32], valid_NHW: NDArray[np.bool_]) -> NDArray[np.float32]:
        count, _, height, width = pixels_NBHW.shape
        features = np.moveaxis(pixels_NBHW, 1, -1)[valid_NHW]
        classes = tensors["shares"].shape[1]
        probabilities = np.zeros((count, height, width, classes), dtype=np.float32)
        probabilities[valid_NHW] = predict_forest(tensors, features)
        return np.moveaxis(probabilities, -1, 1)

    return forward


def _network_forward(description: ModelDescription, tensors: Tensors) -> Forward:
    import torch

    from rs_seg.algorithms.networks import restore_network

    torch.set_num_threads(thread_count())
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = restore_network(
        description.network,
        tensors,
        mean=[each.mean for each in description.normalisation],
        std=[each.std for each in description.normalisation],
        classes=len(description.classes),
    ).to(device)
    network.to(memory_format=torch.channels_last)

    @torch.inference_mode()
    def forward(pixels_NBHW: NDArray[np.float32], valid_NHW: NDArray[np.bool_]) -> NDArray[np.float32]:
        pixels = torch.from_numpy(pixels_NBHW).to(device, memory_format=torch.channels_last)
        logits_NKHW = network(pixels, torch.from_numpy(valid_NHW).to(device))
        probabilities: NDArray[np.float32] = torch.softmax(logits_NKHW, dim=1).cpu().numpy()
        return probabilities

    return forward
