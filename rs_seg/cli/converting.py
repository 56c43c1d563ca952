"""A model file of a whole network of torchvision, to map scenes as it is."""

from __future__ import annotations

from pathlib import Path

import typer
from torchvision.models import get_model_weights

from rs_seg import __version__
from rs_seg.algorithms.networks import NormalisedNetwork, build_network
from rs_seg.algorithms.networks.first_layer import IMAGENET_STD
from rs_seg.algorithms.networks.hub import IMAGENET_MEAN
from rs_seg.algorithms.networks.of_torchvision import PREFIX
from rs_seg.algorithms.networks.provenance import describe_weights
from rs_seg.cli.writing import telling_unwritable
from rs_seg.config import ConvolutionalNetwork
from rs_seg.config.architectures import TORCHVISION
from rs_seg.errors import UserError, nearest_name
from rs_seg.io.model import Tensors, write_model
from rs_seg.io.model_description import ModelDescription, Normalisation
from rs_seg.io.staging import staged
from rs_seg.values import ClassName, ClassNames
from rs_seg.values.band_names import COLOURS
from rs_seg.values.pretrained import EXPECTED_SUFFIXES, weights_file

WINDOW = 480
"""Height and width of the windows that torchvision trained these networks on."""


def convert_weights(path: Path, architecture: str, output: Path, white: float) -> None:
    """Write the model file, and print the legend of its classes.

    Raises:
        UserError: the weights are not those of the whole network.
    """
    _check(path, output, white)
    description, tensors = _convert(path, _own_name(architecture), white)
    with telling_unwritable(output):
        output.parent.mkdir(parents=True, exist_ok=True)
        with staged({"model": output}) as written:
            write_model(written["model"], description, tensors)
    typer.echo(
        f"# give it as `models: {{voc: {{model: {output}}}}}`, with bands red, green and blue "
        f"and this legend"
    )
    typer.echo("legend:")
    for row in description.classes:
        typer.echo(f'  - {{code: {row.code}, name: {row.name}, color: "{_voc_color(row.code)}"}}')


def _check(path: Path, output: Path, white: float) -> None:
    if weights_file(str(path)) is None:
        raise UserError(
            "weights cannot be read",
            where=path,
            expected=f"a file that ends in {EXPECTED_SUFFIXES}",
        )
    if not 0 < white <= 1e9:
        raise UserError(
            "no value of a white pixel", where="--white", found=white, expected="a positive number"
        )
    if output.suffix != ".safetensors":
        raise UserError(
            "no name of a model file",
            where="--output",
            found=output,
            expected="a name in .safetensors",
        )


def _own_name(architecture: str) -> str:
    """The name that our table has for a network of torchvision.

    Raises:
        UserError: it has none.
    """
    name = PREFIX + architecture.removeprefix(PREFIX)
    if name in TORCHVISION:
        return name
    known = [own.removeprefix(PREFIX) for own in TORCHVISION]
    nearest = nearest_name(architecture, known)
    raise UserError(
        "no whole network of torchvision",
        where="--architecture",
        found=repr(architecture),
        expected=f"one of {', '.join(known)}",
        remedy=f"did you mean {nearest!r}?" if nearest else None,
    )


def _convert(path: Path, architecture: str, white: float) -> tuple[ModelDescription, Tensors]:
    """Description and tensors of the model file.

    Raises:
        UserError: the file is of another network, or of other classes.
    """
    names = get_model_weights(architecture.removeprefix(PREFIX)).DEFAULT.meta["categories"]
    layers = build_network(architecture, bands=COLOURS, class_count=len(names), weights=str(path))
    pretrained = describe_weights(
        architecture, encoder=None, weights=str(path), bands=COLOURS, class_count=len(names)
    )
    if pretrained.layers != "all":
        raise UserError(
            "the file has not all layers of the network",
            where=path,
            found=f"layers: {pretrained.layers}",
            expected=f"all of them, for the {len(names)} classes that torchvision publishes",
            remedy=f"train a network from it: architecture: {architecture}, weights: {path}",
        )
    network = ConvolutionalNetwork.model_validate({"architecture": architecture})
    normalised = NormalisedNetwork(layers, mean=IMAGENET_MEAN, std=IMAGENET_STD)
    moments = zip(IMAGENET_MEAN, IMAGENET_STD, strict=True)
    description = ModelDescription(
        kind="convolutional",
        network=network.model_dump(mode="json"),
        bands=COLOURS,
        normalisation=tuple(
            Normalisation(mean=mean * white, std=std * white) for mean, std in moments
        ),
        resolution_m=None,
        classes=ClassNames(
            tuple(ClassName(code=code, name=name) for code, name in enumerate(names))
        ),
        window=WINDOW,
        seed=0,
        rs_seg_version=__version__,
        pretrained=pretrained,
        ground=(),  # photographs show no ground of a scene
    )
    return description, {key: value.numpy() for key, value in normalised.state_dict().items()}


def _voc_color(code: int) -> str:
    """The colour that Pascal VOC draws a class in.

    Each third bit of the code belongs to one colour, whose highest bit comes first.
    """
    colour = [0, 0, 0]
    for bit in range(9):
        step, channel = divmod(bit, 3)
        colour[channel] |= (code >> bit & 1) << (7 - step)
    return "#" + "".join(f"{value:02x}" for value in colour)
