from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from rs_seg.cli import app
from rs_seg.errors import UserError
from tests.io.test_jobs import leave_benchmark, leave_record
from tests.workflow.project import MINIATURE


def configure(folder: Path) -> tuple[Path, Path]:
    results, config = folder / "results ä", folder / "config.yaml"
    results.mkdir()
    config.write_text(yaml.safe_dump({**MINIATURE, "results": str(results)}), encoding="utf-8")
    return config, results


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["costs", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_costs_are_printed_and_written_for_stages_and_for_jobs(tmp_path: Path) -> None:
    config, results = configure(tmp_path)
    leave_record(results, "predict/town one/tiny")
    leave_benchmark(results, "predict/town one/tiny")
    leave_record(results, "predict/dörfli/tiny", status="failed", reason="no memory")
    leave_record(results, "align/town one")
    text = run("--config", str(config))
    assert "predict" in text
    assert "core hours" in text
    with (results / "costs.csv").open(encoding="utf-8", newline="") as file:
        align, predict = csv.DictReader(file)
    assert (align["stage"], predict["stage"]) == ("align", "predict")
    assert (predict["jobs"], predict["failed"], predict["seconds"]) == ("2", "1", "22.5")
    summary = json.loads((results / "costs.json").read_text(encoding="utf-8"))
    assert [each["stage"] for each in summary["stages"]] == ["align", "predict"]
    assert (summary["run"]["wall_seconds"], summary["run"]["starting_seconds"]) == (10, 2.5)
    assert len((results / "jobs.csv").read_text(encoding="utf-8").splitlines()) == 1 + 3


def test_the_table_goes_where_it_is_wanted(tmp_path: Path) -> None:
    config, results = configure(tmp_path)
    leave_benchmark(results, "align/town one")
    assert "core hours" in run("--config", str(config), "--table", str(tmp_path / "table.csv"))
    assert (tmp_path / "table.csv").exists()
    assert not (results / "costs.csv").exists()


def test_a_run_without_jobs_has_no_costs(tmp_path: Path) -> None:
    config, results = configure(tmp_path)
    with pytest.raises(UserError, match="no job has left a trace yet"):
        run("--config", str(config))
    assert not list(results.iterdir())
