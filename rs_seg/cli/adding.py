"""The command that fetches weights for machines without internet, by name or from an address."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from rs_seg.cli.writing import telling_unwritable
from rs_seg.errors import UserError
from rs_seg.values.machine import cache_folder
from rs_seg.values.pretrained import EXPECTED_SUFFIXES, weights_file

FolderOption = Annotated[
    Path | None,
    typer.Option("--folder", help="Folder of fetched weights; rs_seg/weights in the cache if not given."),
]
NameArgument = Annotated[str, typer.Argument(help="Name of its weights, or the address (http, https) of a file.")]


def weights_folder(folder: Path | None) -> Path:
    """The folder of fetched weights: the one asked for, or its place in the cache."""
    return folder or cache_folder() / "rs_seg" / "weights"


def add_weights(
    encoder: Annotated[str, typer.Argument(help="Encoder, as in the configuration: resnet18, tu-convnext_tiny.")],
    name: NameArgument = "imagenet",
    checksum: Annotated[str | None, typer.Option("--sha256", help="SHA-256 of the file at the address.")] = None,
    folder: FolderOption = None,
) -> None:
    """Fetch weights into a file that compute nodes without internet can use, and print its path.

    A file at an address is kept byte by byte, if its SHA-256 is the one that you state. The name of
    a network that brings its encoder with it (torchvision_fcn_resnet50) may stand for the encoder.
    """
    from rs_seg.io.download import is_address

    if is_address(name):
        _add_file(encoder, name, checksum, weights_folder(folder))
    elif checksum is None:
        _add_named(encoder, name, weights_folder(folder))
    else:
        raise UserError(
            "a checksum belongs to a file",
            where="--sha256",
            found=f"weights named {name!r}",
            expected="the address of a file, http://... or https://...",
            remedy="leave --sha256 out, or give the address in place of the name",
        )


def _add_named(encoder: str, name: str, place: Path) -> None:
    from rs_seg.algorithms.networks.building import check_encoder
    from rs_seg.algorithms.networks.hub import download_weights
    from rs_seg.algorithms.networks.weight_files import write_weights
    from rs_seg.io.staging import staged

    check_encoder(encoder)
    fetched = download_weights(encoder, name)
    path = place / f"{encoder}.{name}.safetensors"
    with telling_unwritable(path):
        place.mkdir(parents=True, exist_ok=True)
        with staged({"weights": path}) as written:
            write_weights(written["weights"], fetched)
    typer.echo(f"licence: {fetched.licence or 'not told by the library'}")
    typer.echo(f"give it as `weights: {path}` beside `encoder: {encoder}`")


def _add_file(encoder: str, address: str, checksum: str | None, place: Path) -> None:
    from rs_seg.io.download import name_in
    from rs_seg.io.staging import staged

    key = _find_key(encoder)
    path = place / f"{encoder}.{name_in(address)}"
    checksum = _check_address(address, path, checksum)
    with telling_unwritable(path):
        place.mkdir(parents=True, exist_ok=True)
        with staged({"weights": path}) as written:
            _fetch(address, written["weights"], checksum)
    typer.echo(f"give it as `weights: {path}` beside `{key}: {encoder}`")


def _find_key(encoder: str) -> str:
    """The setting that names what the weights are for.

    Raises:
        UserError: there is no such encoder, and no network that brings its own.
    """
    from rs_seg.algorithms.networks.building import check_encoder
    from rs_seg.algorithms.networks.table import ARCHITECTURES

    if encoder in ARCHITECTURES and ARCHITECTURES[encoder].own_encoder is not None:
        return "architecture"
    check_encoder(encoder)
    return "encoder"


def _check_address(address: str, path: Path, checksum: str | None) -> str:
    """The checksum, once it is known to be one and the address to be that of a file of weights."""
    if weights_file(str(path)) is None:
        raise UserError(
            "no address of a file of weights",
            where=address,
            found=path.name,
            expected=f"a name that ends in {EXPECTED_SUFFIXES}",
        )
    if checksum is None or not re.fullmatch("[0-9a-fA-F]{64}", checksum):
        raise UserError(
            "a file at an address needs its SHA-256, as another file may lie there tomorrow",
            where="--sha256",
            found="none" if checksum is None else repr(checksum),
            expected="64 hexadecimal digits",
            remedy="take it from the publisher, or download the file and let `rs-seg weights check FILE` tell it",
        )
    return checksum


def _fetch(address: str, path: Path, checksum: str) -> None:
    """Write the file at an address, which then is a file of weights that can be read."""
    from rs_seg.algorithms.networks.weight_files import read_weights
    from rs_seg.io.download import download

    download(address, path, checksum=checksum)
    try:
        read_weights(path)
    except UserError as error:
        raise UserError(error.what, where=address, found=error.found, expected=error.expected) from error
