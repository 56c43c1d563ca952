"""A card beside each model: what it is, what it learnt from, what it is worth, how to apply it."""

from __future__ import annotations

from rs_seg.config import AnyDetector, DescribeConfig, ModelConfig, ProtocolConfig
from rs_seg.config.used_settings import Used, described_method
from rs_seg.values import InPath, InPaths, OutPath

REVISION = 3
USED: Used = {"network": described_method}


def describe(
    config: DescribeConfig,
    network: ModelConfig | AnyDetector,
    protocol: ProtocolConfig,
    *,
    model: InPath,
    comparison: InPaths,
    card: OutPath,
    item: OutPath,
) -> None:
    """Write the card as Markdown, and as a STAC Item with the extension MLM 1.3.

    What the model file says is told of every model; figures with intervals are those of its maps,
    or of its objects, in the comparison, which there is none of where nothing is labelled. In the
    Item, the place of the model is relative to the Item; of a model that was made elsewhere it is
    as configured. Of `protocol` the card states licence and citation of the data. `network` may be
    a detector. Equal inputs give equal bytes.
    """
    from rs_seg.stages.describe import work

    work.describe(
        config, network, protocol, model=model, comparison=comparison, card=card, item=item
    )
