"""Outputs that are not as their jobs made them are found, whatever was done to them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from rs_seg.cli.app import app
from rs_seg.cli.recording import recorded
from rs_seg.cli.verify import telling_of_changed_inputs
from rs_seg.config import RunConfig, load_config
from rs_seg.errors import UserError
from rs_seg.io.sums import sums_of

VALUES = {
    "scenes": ["north"],
    "results": "results",
    "sources": {"image": {"path": "{scene}.tif", "bands": ["red"]}},
    "label": {"path": "{scene}.gpkg"},
    "legend": [
        {"code": 0, "name": "other", "color": "#dddddd"},
        {"code": 1, "name": "road", "color": "#d7301f"},
    ],
    "models": {"unet": {"architecture": "unet"}},
    "refinements": {"argmax": {"method": "argmax"}},
}
FILES = {
    "scenes/north": {"image.tif": b"pixels"},
    "maps/north/unet/argmax": {"polygons.shp": b"shapes", "polygons.dbf": b"classes"},
    "models/unet/engine": {"engine.json": b"{}", "model.onnx": b"weights"},
    "deliver": {"README.txt": b"read", "scenes/a.tif": b"map"},
}
STAGES = {
    "scenes/north": "align",
    "maps/north/unet/argmax": "vectorize",
    "models/unet/engine": "accelerate",
}
FOLDERS = ("models/unet/engine", "deliver")


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Results of four jobs with their records."""
    from rs_seg.io.delivery.checksums import checksum_list, hash_folder

    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(VALUES), encoding="utf-8")
    folder = Path("results")
    for place, files in FILES.items():
        made = Path("results.partial", place)
        for name, content in files.items():
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            (made / name).write_bytes(content)
        if place == "deliver":
            (made / "SHA256SUMS").write_text(checksum_list(hash_folder(made)), encoding="utf-8")
        stage = STAGES.get(place, "deliver")
        names = {
            "align": "align/north",
            "vectorize": "vectorize/north/unet/argmax",
            "accelerate": "accelerate/unet",
        }
        output = folder / place if place in FOLDERS else folder / place / next(iter(files))
        with recorded(
            stage, branches={}, log=folder / f"logs/{names.get(stage, stage)}.log"
        ) as kept:
            kept[str(output)] = sums_of(made.parent if place in FOLDERS else made)
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        made.rename(folder / place)
    return folder


def verify(*options: str) -> tuple[list[str], UserError | None]:
    """Lines that the command prints, and its error."""
    run = CliRunner().invoke(app, ["verify", "--config", "config.yaml", *options])
    assert run.exception is None or isinstance(run.exception, UserError), run.exception
    return [line for line in run.stdout.splitlines() if line.startswith("results/")], run.exception


def truncate(name: str) -> Callable[[Path], None]:
    return lambda results: (results / name).write_bytes((results / name).read_bytes()[:-1]) and None


def flip(name: str) -> Callable[[Path], None]:
    def edit(results: Path) -> None:
        content = (results / name).read_bytes()
        (results / name).write_bytes(bytes(byte ^ 1 for byte in content))

    return edit


def test_untouched_outputs_are_as_they_were_made(results: Path) -> None:
    assert verify() == ([], None)
    assert verify("--quick") == ([], None)
    assert (
        "6 files of 4 jobs are as they were made"
        in CliRunner().invoke(app, ["verify", "--config", "config.yaml"]).stdout
    )


@pytest.mark.parametrize(
    ("edit", "line", "output"),
    [
        (
            truncate("scenes/north/image.tif"),
            "scenes/north/image.tif: 5 bytes instead of 6",
            "scenes/north/image.tif",
        ),
        (
            flip("scenes/north/image.tif"),
            "scenes/north/image.tif: another content",
            "scenes/north/image.tif",
        ),
        (
            lambda results: (results / "maps/north/unet/argmax/polygons.dbf").unlink(),
            "maps/north/unet/argmax/polygons.dbf: missing",
            "maps/north/unet/argmax/polygons.shp",
        ),
        (
            flip("models/unet/engine/model.onnx"),
            "models/unet/engine/model.onnx: another content",
            "models/unet/engine",
        ),
        (flip("deliver/scenes/a.tif"), "deliver/scenes/a.tif: another content", "deliver"),
    ],
)
def test_what_was_changed_is_listed_with_the_command_that_makes_it_again(
    edit: Callable[[Path], None], line: str, output: str, results: Path
) -> None:
    edit(results)
    lines, error = verify()
    assert lines == [f"results/{line}"]
    assert error is not None
    assert str(error).endswith(
        f"snakemake --cores all --configfile config.yaml --forcerun results/{output}."
    )


def test_a_quick_look_sees_sizes_only(results: Path) -> None:
    flip("scenes/north/image.tif")(results)
    assert verify("--quick") == ([], None)
    truncate("scenes/north/image.tif")(results)
    assert verify("--quick")[0] == ["results/scenes/north/image.tif: 5 bytes instead of 6"]


def test_what_the_configuration_has_no_more_is_not_missed(results: Path) -> None:
    (results / "models/unet/engine/model.onnx").unlink()
    (results / "maps/north/unet/argmax/polygons.dbf").unlink()
    networks = {"fpn": {"architecture": "fpn"}}
    Path("config.yaml").write_text(yaml.safe_dump({**VALUES, "models": networks}), encoding="utf-8")
    assert verify() == ([], None)


def read_junk(run: RunConfig, image: str) -> None:
    with telling_of_changed_inputs(run, {"image": Path(image), "labels": None}):
        raise ValueError("junk")


def test_an_error_of_reading_names_the_input_that_was_changed(results: Path) -> None:
    run, image = load_config(Path("config.yaml")), "results/scenes/north/image.tif"
    with pytest.raises(ValueError, match="junk"):
        read_junk(run, image)
    flip("scenes/north/image.tif")(results)
    with pytest.raises(
        UserError, match=f"{image}: the file is not as its job made it.*another content.*delete it"
    ):
        read_junk(run, image)


def test_junk_among_the_records_is_left_out(results: Path) -> None:
    (results / "logs/align/north.json").write_bytes(b"")
    (results / "logs/accelerate/unet.json").write_bytes(bytes(range(256)))
    truncate("scenes/north/image.tif")(results)
    assert verify() == ([], None)
