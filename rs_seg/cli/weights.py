"""Commands for pretrained weights: what there is, what a file holds, fetching them for nodes without internet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rs_seg.cli.adding import FolderOption, add_weights, weights_folder
from rs_seg.cli.converting import convert_weights
from rs_seg.config.networks import PUBLISHED
from rs_seg.errors import UserError
from rs_seg.values.checksums import sha256
from rs_seg.values.pretrained import EXPECTED_SUFFIXES, SUFFIXES, Pretrained, weights_file

if TYPE_CHECKING:
    from torch import Tensor

weights_app = typer.Typer(help="Pretrained weights: list, check, add, convert.", no_args_is_help=True)
weights_app.command("add")(add_weights)
weights_app.command("convert")(convert_weights)
EncoderOption = Annotated[
    str | None, typer.Option("--encoder", help="Encoder that the weights are meant for, as in the configuration.")
]
BandsOption = Annotated[
    str, typer.Option("--bands", help="Names of the bands that the filters are given to, with commas.")
]
ArchitectureOption = Annotated[
    str, typer.Option("--architecture", help="Network that has the encoder, or that was published with one of its own.")
]


@weights_app.command("list")
def list_weights(
    containing: Annotated[str, typer.Argument(help="Part of the encoder's name; all if not given.")] = "",
    folder: FolderOption = None,
) -> None:
    """List weights that have a name, with the licence where their library tells it, and the files fetched here."""
    from rs_seg.algorithms.networks.hub import list_named

    for named in list_named():
        if containing in named.encoder:
            _say(f"{named.encoder:40} {named.weights:24} {named.licence or 'licence not told'}")
    for path in sorted(weights_folder(folder).glob("*")):
        if containing in path.name and path.suffix in SUFFIXES:
            _say(f"{path}")


@weights_app.command("check")
def check_weights(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="File of weights.")],
    encoder: EncoderOption = None,
    bands: BandsOption = "red,green,blue",
    architecture: ArchitectureOption = "unet",
) -> None:
    """Tell what a file holds, whether it fits an encoder, and what it sees in a photograph where it can classify."""
    from rs_seg.algorithms.networks.weight_files import read_weights

    if weights_file(str(path)) is None:
        raise UserError("weights cannot be read", where=path, expected=f"a file that ends in {EXPECTED_SUFFIXES}")
    known = read_weights(path)
    _say(f"family      {known.family}")
    _say(f"tensors     {len(known.tensors)}, {sum(value.numel() for value in known.tensors.values()):,} numbers")
    _say(f"input bands {_input_bands(known.tensors)}")
    _say(f"SHA-256     {sha256(path)}")
    _say(f"licence     {known.licence or 'not told by the file'}")
    brings_encoder = architecture in PUBLISHED
    encoder = encoder or (None if brings_encoder else known.encoder)
    if encoder is None and not brings_encoder:
        _say("encoder     not told by the file; --encoder NAME checks whether the file fits one")
        return
    _check_fit(path, architecture, encoder, [band.strip() for band in bands.split(",")])


def _check_fit(path: Path, architecture: str, encoder: str | None, bands: list[str]) -> None:
    from rs_seg.algorithms.networks.building import build_network
    from rs_seg.algorithms.networks.photograph import PHOTOGRAPH, classify_photograph
    from rs_seg.algorithms.networks.provenance import describe_weights
    from rs_seg.algorithms.networks.weight_files import read_weights

    build_network(architecture, encoder=encoder, bands=bands, classes=2, weights=str(path))
    pretrained = describe_weights(architecture, encoder=encoder, weights=str(path), bands=bands, classes=2)
    _say(f"encoder     fits {pretrained.encoder}")
    if pretrained.layers != "encoder":
        _say(f"network     fits {architecture}")
    _tell_filters(pretrained)
    guess = None if encoder is None else classify_photograph(read_weights(path), encoder)
    if guess is None:
        _say("photograph  not classified: no head with the 1000 classes of ImageNet")
    else:
        _say(f"photograph  {PHOTOGRAPH}: class {guess.index}, {guess.name}, probability {guess.probability:.2f}")


def _tell_filters(pretrained: Pretrained) -> None:
    told = ", ".join(f"{band}: {column}" for band, column in pretrained.filters.items())
    _say(f"filters     {told}")
    if pretrained.input_std is not None:
        _say(f"input std   {', '.join(f'{std:.4g}' for std in pretrained.input_std)}")


def _input_bands(tensors: Mapping[str, Tensor]) -> str:
    """Inputs of the first convolution."""
    inputs = (value.shape[1] for value in tensors.values() if value.ndim == 4)
    return str(next(inputs, "unknown"))


def _say(line: str) -> None:
    typer.echo(line)
