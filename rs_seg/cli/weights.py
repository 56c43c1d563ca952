"""Pretrained weights: what there is, and what a file holds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import typer
from torch import Tensor

from rs_seg.algorithms.networks.building import build_network
from rs_seg.algorithms.networks.hub import list_named
from rs_seg.algorithms.networks.photograph import PHOTOGRAPH, classify_photograph
from rs_seg.algorithms.networks.provenance import describe_weights
from rs_seg.algorithms.networks.weight_files import read_weights
from rs_seg.cli.adding import weights_folder
from rs_seg.config.architectures import PUBLISHED
from rs_seg.errors import UserError
from rs_seg.values.checksums import sha256
from rs_seg.values.pretrained import EXPECTED_SUFFIXES, SUFFIXES, Pretrained, weights_file


def list_weights(containing: str, folder: Path | None) -> None:
    """Print a line for each encoder's weights, and for each file in the folder."""
    for named in list_named():
        if containing in named.encoder:
            _say(f"{named.encoder:40} {named.weights:24} {named.licence or 'licence not told'}")
    for path in sorted(weights_folder(folder).glob("*")):
        if containing in path.name and path.suffix in SUFFIXES:
            _say(f"{path}")


def check_weights(path: Path, encoder: str | None, bands: list[str], architecture: str) -> None:
    """Print what a file of weights holds, and whether it fits an encoder for these bands.

    Raises:
        UserError: it cannot be read, or does not fit.
    """
    if weights_file(str(path)) is None:
        raise UserError(
            "weights cannot be read",
            where=path,
            expected=f"a file that ends in {EXPECTED_SUFFIXES}",
        )
    known = read_weights(path)
    _say(f"family      {known.family}")
    _say(
        f"tensors     {len(known.tensors)}, "
        f"{sum(value.numel() for value in known.tensors.values()):,} numbers"
    )
    _say(f"input bands {_input_bands(known.tensors)}")
    _say(f"SHA-256     {sha256(path)}")
    _say(f"licence     {known.licence or 'not told by the file'}")
    brings_encoder = architecture in PUBLISHED
    encoder = encoder or (None if brings_encoder else known.encoder)
    if encoder is None and not brings_encoder:
        _say("encoder     not told by the file; --encoder NAME checks whether the file fits one")
        return
    _check_fit(path, architecture, encoder, bands)


def _check_fit(path: Path, architecture: str, encoder: str | None, bands: list[str]) -> None:

    build_network(architecture, encoder=encoder, bands=bands, class_count=2, weights=str(path))
    pretrained = describe_weights(
        architecture, encoder=encoder, weights=str(path), bands=bands, class_count=2
    )
    _say(f"encoder     fits {pretrained.encoder}")
    if pretrained.layers != "encoder":
        _say(f"network     fits {architecture}")
    _tell_filters(pretrained)
    guess = None if encoder is None else classify_photograph(read_weights(path), encoder)
    if guess is None:
        _say("photograph  not classified: no head with the 1000 classes of ImageNet")
    else:
        _say(
            f"photograph  {PHOTOGRAPH}: class {guess.index}, {guess.name}, probability "
            f"{guess.probability:.2f}"
        )


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
