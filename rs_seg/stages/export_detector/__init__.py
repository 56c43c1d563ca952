"""A trained detector for other runtimes: ONNX from raw pixels to rasters."""

from __future__ import annotations

from rs_seg.values import ClassNames, InPath, OutPath

REVISION = 2


def export_detector(
    object_names: ClassNames, least_score: float, *, model: InPath, onnx: OutPath
) -> None:
    """Write the part of a detector that needs a network as ONNX, with what decoding needs to know.

    The normalisation is inside; objects are read from its rasters as docs/onnx.md says, which also
    describes the metadata (JSON values). `least_score` is the lowest score of a candidate.

    Raises:
        UserError: the model is no detector of rasters, or its classes are not those of the legend.
    """
    from rs_seg.stages.export_detector import work

    work.export_detector(object_names, least_score, model=model, onnx=onnx)
