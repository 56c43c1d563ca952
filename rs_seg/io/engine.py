"""The engine of a network: the choice of the accelerate stage, and the ONNX model it computes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rs_seg.errors import UserError

RECORD, ONNX = "engine.json", "model.onnx"


class ReceptiveFieldRecord(BaseModel):
    """How far around a pixel the network looks.

    See `rs_seg.algorithms.networks.receptive_field`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    radius: Annotated[int, Field(ge=0)] | None
    """Pixels beyond an aligned tile that its result depends on; None: tiles cannot give what one
    pass gives."""
    effective_radius: Annotated[int, Field(ge=0)]
    """Pixels to each side of a pixel that hold 90 % of the influence on its result."""
    support: int | None = None
    """Largest distance at which a pixel can change a result; None: any."""
    reason: str = ""
    """Why tiles cannot give what one pass gives."""


class CandidateRecord(BaseModel):
    """What was found of one program in one precision."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    engine: str
    precision: str
    fault: str | None = None
    """Why it cannot compute the network."""
    labels_equal: float | None = None
    """Share of labels equal to those of torch in float32."""
    largest_difference: float | None = None
    """Of a probability, against torch in float32."""
    miou_reference: float | None = None
    """Mean IoU of torch in float32 on the validation tiles; None without labels."""
    miou: float | None = None
    """The same of the candidate."""
    agrees: bool | None
    """Whether it passed the gate; None where a faster one was taken before it was asked."""
    mpix_per_s: float | None = None
    """Speed on small tiles with all threads busy; None where it was not measured."""


class EngineRecord(BaseModel):
    """The program and arithmetic that compute a network, and what the choice rests on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    network: str
    """Its name in the configuration."""
    engine: str
    precision: str
    runs_onnx: bool
    """Whether the folder holds the ONNX model that it computes."""
    tile: Annotated[int, Field(gt=0, le=65536)]
    """Height and width of a tile, in pixels."""
    fits_memory: bool = False
    """Whether tiles are smaller than is usual, because of the memory that the network needs for
    them; none larger are then taken."""
    one_size: bool = False
    """Whether tiles of this size are all that it computes: small scenes are then mirrored until
    they fill one."""
    overlap: Annotated[int, Field(ge=0, le=65536)]
    """Pixels that neighbouring tiles share."""
    stride: Annotated[int, Field(gt=0, le=65536)]
    """Tiles begin at multiples of this."""
    receptive_field: ReceptiveFieldRecord
    version: str
    """Of the program."""
    device: str
    """"cpu" or "cuda"."""
    processor: tuple[str, ...]
    """Instructions of the processor that speed and results may depend on."""
    threads: Annotated[int, Field(gt=0)]
    """Number of threads that speeds were measured with."""
    recalled: bool = False
    """Whether this machine chose it for the same model before: all but the network's name is then
    of that time."""
    candidates: tuple[CandidateRecord, ...] = ()
    """All that were tried; empty where the configuration names the reference itself."""

    @property
    def agreement(self) -> CandidateRecord | None:
        """What was found of the choice; None where it is the reference and nothing was measured."""
        chosen = (
            candidate
            for candidate in self.candidates
            if (candidate.engine, candidate.precision) == (self.engine, self.precision)
        )
        return next(chosen, None)


def write_engine(folder: Path, record: EngineRecord, onnx: bytes | None) -> None:
    """Make the folder of an engine, with the ONNX model where the engine runs one."""
    assert record.runs_onnx == (onnx is not None)
    folder.mkdir(parents=True)
    if onnx is not None:
        (folder / ONNX).write_bytes(onnx)
    (folder / RECORD).write_text(record.model_dump_json(indent=1) + "\n", encoding="utf-8")


def read_engine(folder: Path) -> EngineRecord:
    """What the folder says of its engine.

    Raises:
        UserError: it is no whole folder of the accelerate stage.
    """
    try:
        record = EngineRecord.model_validate_json((folder / RECORD).read_text(encoding="utf-8"))
    except OSError as error:
        raise _not_an_engine(folder, f"no readable {RECORD}") from error
    except (ValidationError, UnicodeDecodeError) as error:
        raise _not_an_engine(folder, f"{RECORD} with {_first_fault(error)}") from error
    if record.runs_onnx and not (folder / ONNX).is_file():
        raise _not_an_engine(folder, f"no {ONNX}, which {record.engine} computes")
    return record


def read_onnx(folder: Path) -> bytes:
    """The ONNX model of an engine that runs one."""
    return (folder / ONNX).read_bytes()


def _first_fault(error: ValidationError | UnicodeDecodeError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "bytes that are no text"
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"a wrong {place or 'text'}: {first['msg']}"


def _not_an_engine(folder: Path, found: str) -> UserError:
    return UserError(
        "not the engine of a network",
        where=folder,
        found=found,
        expected="a whole folder made by the accelerate stage of this version of rs_seg",
        remedy="delete the folder and run the workflow, or `rs-seg accelerate`, again",
    )
