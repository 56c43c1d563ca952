"""The work of `describe`."""

from __future__ import annotations

from rs_seg.algorithms.reporting.protocols import describe_object_protocol, describe_protocol
from rs_seg.config import AnyDetector, DescribeConfig, ModelConfig, ProtocolConfig, TrainedModel
from rs_seg.io.comparison import read_comparison
from rs_seg.io.delivery.model_item import describe_item
from rs_seg.io.delivery.stac import write_json
from rs_seg.io.html import render
from rs_seg.io.markdown import escape_markdown
from rs_seg.io.model import count_parameters, read_description
from rs_seg.io.model_description import ModelDescription
from rs_seg.stages.describe.figures import figures_of, object_figures_of, show_figure, show_interval
from rs_seg.stages.describe.ground import describe_scenes
from rs_seg.stages.describe.limits import list_limits
from rs_seg.values import InPath, InPaths, OutPath
from rs_seg.values.comparison import Comparison


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
    """See the signature."""
    description, parameters = read_description(model), count_parameters(model)
    scenes = describe_scenes(description.ground)
    compared = read_comparison(next(iter(comparison), None))
    figures = figures_of(compared, network.name)
    objects = object_figures_of(compared, network.name)
    place = network.model if isinstance(network, TrainedModel) else "./model.safetensors"
    text = render(
        "card.md.j2",
        name=network.name,
        described=description,
        parameters=parameters,
        scenes=scenes,
        figures=figures,
        objects=objects,
        limits=[
            *list_limits(description, figures, objects),
            *_list_leaks(compared),
            *config.limits,
        ],
        protocol=_tell_protocol(compared, description, protocol),
        source=protocol,
        licence=config.licence,
        author=config.author,
        place=place,
        text=escape_markdown,
        figure=show_figure,
        interval=show_interval,
    )
    card.write_text(text, encoding="utf-8")
    content = describe_item(
        description,
        name=network.name,
        place=place,
        parameters=parameters,
        licence=config.licence,
        footprints=[scene.footprint for scene in scenes if scene.footprint is not None],
    )
    write_json(item, content)


def _list_leaks(compared: Comparison | None) -> tuple[str, ...]:
    """How the split of the figures leaks, where it does."""
    return () if compared is None else compared.leaks or ()


def _tell_protocol(
    compared: Comparison | None, description: ModelDescription, stated: ProtocolConfig
) -> str:
    """What the figures are counted on, in a sentence; empty where it is not known."""
    if compared is None:
        return ""
    names = description.classes.names
    if description.kind == "detector":
        told = None if compared.objects is None else compared.objects.protocol
        return "" if told is None else describe_object_protocol(told, names, data=stated.data)
    told = compared.protocol
    return "" if told is None else describe_protocol(told, names, data=stated.data)
