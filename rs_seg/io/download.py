"""Files fetched by their address, which are what was asked for or are refused."""

from __future__ import annotations

import hashlib
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path
from urllib.parse import unquote, urlsplit

from rs_seg.errors import UserError

SCHEMES = ("http://", "https://")
CHUNK = 1 << 20
SILENCE_SECONDS = 60
"""How long a server may say nothing."""


def is_address(text: str) -> bool:
    """Whether a text is the address of a file, not its name."""
    return text.startswith(SCHEMES)


def name_in(address: str) -> str:
    """The name of the file at an address."""
    return Path(unquote(urlsplit(address).path)).name


def download(address: str, path: Path, *, checksum: str) -> None:
    """Fetch a file whose SHA-256 is known; nothing is written elsewhere than at `path`.

    Raises:
        UserError: it cannot be fetched whole, or it is another file.
    """
    digest, count = hashlib.sha256(), 0
    try:
        # is_address has let in http and https alone
        with (
            urllib.request.urlopen(address, timeout=SILENCE_SECONDS) as answer,  # noqa: S310
            path.open("wb") as file,
        ):
            announced = answer.headers.get("Content-Length")
            while chunk := answer.read(CHUNK):
                file.write(chunk)
                digest.update(chunk)
                count += len(chunk)
    except (HTTPException, TimeoutError, ConnectionError, urllib.error.URLError) as error:
        raise _not_fetched(address, " ".join(str(error).split())[:300] or repr(error)) from error
    # a connection that ends early is no error of urllib's
    if announced is not None and count != int(announced):
        raise _not_fetched(address, f"{count} of {announced} bytes")
    if digest.hexdigest() != checksum.lower():
        raise UserError(
            "another file than the one that was asked for",
            where=address,
            found=f"SHA-256 {digest.hexdigest()}",
            expected=f"SHA-256 {checksum.lower()}",
            remedy="compare with what the publisher states; the file was not kept",
        )


def _not_fetched(address: str, found: str) -> UserError:
    return UserError(
        "the file cannot be downloaded",
        where=address,
        found=found,
        expected="the whole file",
        remedy="try again, or download it by other means and name the file",
    )
