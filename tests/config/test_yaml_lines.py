"""Faults of settings name the file and the line that said them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from rs_seg.config import load_config, parse_config
from rs_seg.config.yaml_lines import Lines
from rs_seg.errors import UserError, UserErrors
from tests.config.test_load import MINIMAL

TEXT = """\
# a comment
common: &common
  epochs: 3
  batch_size: 4
train:
  <<: *common
  window: 32

models:
  "unet ä":
    architecture: unet  # the first
    channels: [1, 2,
               3]
"""


@pytest.fixture
def lines(tmp_path: Path) -> Lines:
    (tmp_path / "my.yaml").write_text(TEXT, encoding="utf-8")
    return Lines([tmp_path / "my.yaml"])


@pytest.mark.parametrize(
    ("place", "number"),
    [
        (["train"], 5),
        (["train", "window"], 7),
        (["train", "epochs"], 3),
        (["models", "unet ä", "architecture"], 11),
        (["models", "unet ä", "channels", "2"], 13),
        (["models", "unet ä", "missing", "deeper"], 10),
    ],
)
def test_a_place_has_the_line_of_its_key_or_of_the_section_it_belongs_to(
    lines: Lines, place: list[str], number: int
) -> None:
    line = lines.find(place)
    assert line is not None
    assert line.number == number


def test_a_place_that_no_file_has_is_on_no_line(lines: Lines) -> None:
    assert lines.find(["predict", "tile"]) is None
    assert Lines([]).find(["train"]) is None


def test_a_file_that_is_gone_or_broken_has_no_lines(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("a: [", encoding="utf-8")
    assert Lines([tmp_path / "none.yaml", tmp_path / "broken.yaml"]).find(["a"]) is None


def test_the_last_of_several_files_has_said_it(tmp_path: Path) -> None:
    files = [tmp_path / "first.yaml", tmp_path / "second.yaml"]
    files[0].write_text("train: {window: 32}\nseed: 1\n", encoding="utf-8")
    files[1].write_text("\ntrain:\n  epochs: 5\nseed: 2\n", encoding="utf-8")
    lines = Lines(files)
    assert str(lines.find(["train", "window"])) == f"{files[0]}, line 1"
    assert str(lines.find(["seed"], 2)) == f"{files[1]}, line 4"


def test_a_value_that_the_command_line_has_said_is_on_no_line(lines: Lines) -> None:
    assert lines.find(["train", "window"], "32x") is None
    assert lines.find(["train", "window"], 32) is not None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"vectorise": {}}, "key vectorise: unknown key 'vectorise'"),
        ({"train": {"epochs": "many"}}, "key train.epochs: setting is not valid"),
    ],
)
def test_a_fault_of_a_configuration_names_file_line_and_key(
    tmp_path: Path, change: dict[str, object], told: str
) -> None:
    path = tmp_path / "my.yaml"
    text = yaml.safe_dump({**MINIMAL, **change}, sort_keys=False)
    path.write_text(text, encoding="utf-8")
    key = told.removeprefix("key ").partition(":")[0].rpartition(".")[2]
    number = next(n for n, line in enumerate(text.splitlines(), 1) if line.strip().startswith(key))
    with pytest.raises(UserErrors) as caught:
        load_config(path)
    assert f"{path}, line {number}, {told}" in str(caught.value)
    with pytest.raises(UserErrors) as caught:
        parse_config({**MINIMAL, **change}, where="merged", files=[path])
    assert f"{path}, line {number}, {told}" in str(caught.value)


def test_a_fault_that_begins_with_a_setting_gets_its_line(lines: Lines, tmp_path: Path) -> None:
    fault = lines.tell(UserError("unknown encoder", where="models.unet ä, x.pt", found="'x'"))
    assert str(fault) == (
        f"{tmp_path}/my.yaml, line 10, models.unet ä, x.pt: unknown encoder. Found: 'x'."
    )
    for where in ("train.tif", "raw/models.tif, scene a", None, "predict.tile"):
        assert lines.tell(UserError("a fault", where=where)).where == where
