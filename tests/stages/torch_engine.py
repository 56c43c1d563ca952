"""Engine folders as accelerate writes them, for torch in float32."""

from __future__ import annotations

from pathlib import Path

from rs_seg.io.engine import EngineRecord, ReceptiveFieldRecord, write_engine
from rs_seg.values.machine import processor_flags

RECEPTIVE_FIELD = ReceptiveFieldRecord(radius=None, effective_radius=20)


def write_torch_engine(folder: Path, *, network: str) -> Path:
    """An engine of tiles of 64 pixels that overlap by 16, on this processor."""
    record = EngineRecord(
        network=network,
        engine="torch",
        precision="float32",
        runs_onnx=False,
        tile=64,
        overlap=16,
        stride=32,
        receptive_field=RECEPTIVE_FIELD,
        version="2",
        device="cpu",
        processor=processor_flags(),
        threads=1,
    )
    write_engine(folder, record, None)
    return folder
