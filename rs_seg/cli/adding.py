"""Weights, fetched for machines without internet, by name or from an address."""

from __future__ import annotations

import re
from pathlib import Path

import typer

from rs_seg.algorithms.networks.building import check_encoder
from rs_seg.algorithms.networks.hub import download_weights
from rs_seg.algorithms.networks.table import ARCHITECTURES
from rs_seg.algorithms.networks.weight_files import read_weights, write_weights
from rs_seg.cli.writing import telling_unwritable
from rs_seg.errors import UserError
from rs_seg.io.download import download, is_address, name_in
from rs_seg.io.staging import staged
from rs_seg.values.machine import cache_folder
from rs_seg.values.pretrained import EXPECTED_SUFFIXES, weights_file


def weights_folder(folder: Path | None) -> Path:
    """The folder of fetched weights: the one asked for, or its place in the cache."""
    return folder or cache_folder() / "rs_seg" / "weights"


def add_weights(encoder: str, name: str, checksum: str | None, folder: Path | None) -> None:
    """Fetch weights by name, or the file at an address, and print their path.

    Raises:
        UserError: there are none, they cannot be fetched, or the checksum is not theirs.
    """
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
    if encoder in ARCHITECTURES and ARCHITECTURES[encoder].own_encoder is not None:
        return "architecture"
    check_encoder(encoder)
    return "encoder"


def _check_address(address: str, path: Path, checksum: str | None) -> str:
    """The checksum, after a look at it and at the address."""
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
            remedy="take it from the publisher, or download the file and let `rs-seg weights "
            "check FILE` tell it",
        )
    return checksum


def _fetch(address: str, path: Path, checksum: str) -> None:
    """Write the file at an address, which then is a file of weights that can be read."""
    download(address, path, checksum=checksum)
    try:
        read_weights(path)
    except UserError as error:
        raise UserError(
            error.what, where=address, found=error.found, expected=error.expected
        ) from error
