"""The work of `outline`."""

from __future__ import annotations

from rs_seg.config import LabelConfig, OutlineConfig
from rs_seg.values import ClassNames, InPath, OutPath


def outline(
    config: OutlineConfig,
    object_label: LabelConfig,
    object_names: ClassNames,
    *,
    image: InPath,
    labels: InPath,
    outlines: OutPath,
) -> None:
    """See the signature."""
    raise NotImplementedError
