"""A trained network for other runtimes: ONNX from raw pixels to probabilities, and for QGIS."""

from __future__ import annotations

from rs_seg.values import ClassNames, InPath, OutPath

REVISION = 4


def export(class_names: ClassNames, *, model: InPath, onnx: OutPath, deepness: OutPath) -> None:
    """Write the model as ONNX, with normalisation, temperature and softmax, and its metadata.

    `onnx` takes tiles of any size where the network does; `deepness` is the same for tiles of one
    size, one at a time, as the QGIS plugin Deepness needs it. The metadata of both are JSON values,
    described in docs/onnx.md. Colours are no part of them, so that a new colour leads to no new
    tuning and no new map; `deliver` adds them to its copies.

    Raises:
        UserError: the model has no layers (a method of single pixels), or its classes are not those
            of the legend.
    """
    from rs_seg.stages.export import work

    work.export(class_names, model=model, onnx=onnx, deepness=deepness)
