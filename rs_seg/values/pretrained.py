"""Pretrained weights as values: which names are files, and what a model file keeps of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

SUFFIXES = (".safetensors", ".pth", ".pt", ".ckpt", ".bin")
"""Ends of the names of files of weights; any other name is one that a library knows."""
EXPECTED_SUFFIXES = f"{', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}"
Short = Annotated[str, Field(max_length=1000)]
Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Layers = Literal["encoder", "all but those of the classes", "all"]
"""The layers of a network that begin with pretrained weights."""


def weights_file(weights: str | None) -> Path | None:
    """The file that `weights` is; None: random weights, or a name that a library knows."""
    path = Path(weights or "")
    return path if path.suffix in SUFFIXES else None


class Pretrained(BaseModel):
    """Where the first weights of a model come from, and how its bands were given to them."""

    model_config = ConfigDict(frozen=True)

    weights: Short
    """Name of the file, without its folder, or the name that a library knows."""
    encoder: Short
    sha256: Digest | None = None
    """Checksum of the file; None: a library downloaded it."""
    licence: Short | None = None
    """As the file or its library says; None: neither does."""
    input_std: Annotated[tuple[float, ...], Field(max_length=1000)] | None = None
    """Standard deviations that pixels of 0 to 1 were divided by where the weights were learnt;
    None: unknown."""
    filters: dict[Short, Short] = {}
    """Filter of the first layer by band: the colour that it was learnt on, or "mean" of all
    filters."""
    layers: Layers = "encoder"
    """What was loaded: of whole networks more than the encoder."""
