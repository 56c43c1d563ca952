"""Junk in files of a finished run: notes count as absent, outputs are named with the remedy.

Nothing ends otherwise.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from rs_seg.cli.driver import hold_run
from rs_seg.cli.execute import execute
from rs_seg.cli.signature import signature_of
from rs_seg.cli.verify import telling_of_changed_inputs
from rs_seg.config import RunConfig, load_config, write_config
from rs_seg.errors import UserError
from rs_seg.io.jobs import read_jobs
from rs_seg.io.records import read_record
from rs_seg.stages.compare.costs import read_costs
from rs_seg.values.layout import find_place
from rs_seg.workflow.unfinished import SceneJob, find_failures
from tests.workflow.project import FEW_MAPS, Project

pytestmark = pytest.mark.slow

SPOIL: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda content: b"",  # as the others
    "cut": lambda content: content[: len(content) // 2],
    "garbage": lambda content: bytes(byte ^ 0x5A for byte in content),
}
SCENE, MAP = "scenes/town one", "maps/town one/tiny/crf"
READERS: dict[str, tuple[str, dict[str, str]]] = {
    "split/split.json": ("summarize", {"fold": "1"}),
    "statistics.json": ("preview", {}),
    "models/tiny/model.safetensors": ("export", {}),
    "models/tiny/engine/engine.json": ("predict", {}),
    f"{SCENE}/image.tif": ("refine", {"refinement": "crf"}),
    "maps/town one/tiny/probabilities.tif": ("refine", {"refinement": "crf"}),
    "maps/town one/tiny/values.json": ("refine", {"refinement": "crf"}),
    f"{MAP}/classes.tif": ("vectorize", {"refinement": "crf"}),
    f"{MAP}/confidence.tif": ("vectorize", {"refinement": "crf"}),
    "evaluation/tiny/crf.json": ("compare", {}),
    f"{MAP}/changes.json": ("compare", {}),
    f"{SCENE}/reference.tif": ("split", {"fold": "1"}),
    f"{SCENE}/inspection.json": ("report", {}),
    "models/tiny/curves.csv": ("report", {}),
    "comparison.json": ("report", {}),
}
"""Outputs, and a stage that reads each with the branches that its command names."""


@pytest.fixture(scope="module")
def made(finished: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of the finished run, every file of which is put back after it was spoilt."""
    project = Project(tmp_path_factory.mktemp("junk") / "copy", **FEW_MAPS)
    shutil.copytree(finished.folder, project.folder, dirs_exist_ok=True)
    return project


@pytest.fixture
def run(made: Project, monkeypatch: pytest.MonkeyPatch) -> RunConfig:
    """Its configuration, and its folder as the working directory."""
    monkeypatch.chdir(made.folder)
    return load_config(made.results / "config.yaml")


def files_of(stage: str, run: RunConfig, output: Path) -> dict[str, Path | list[Path] | None]:
    """The files of a stage's rule, for the first scene, the network tiny and the refinement crf."""
    results = Path(run.results)
    labelled, maps = (
        [scene.name for scene in run.labelled_scenes],
        [tuple(each) for each in run.maps],
    )
    one, of_one = results / SCENE, results / MAP
    whole = stage in ("compare", "split", "summarize", "preview")

    def of_maps(name: str) -> list[Path]:
        return [
            results / "maps" / scene / network / refinement / name
            for scene in labelled
            for network, refinement in maps
        ]

    files: dict[str, Path | list[Path] | None] = {
        "image": one / "image.tif",
        "images": [results / "scenes" / scene / "image.tif" for scene in labelled],
        "references": [results / "scenes" / scene / "reference.tif" for scene in labelled],
        "split": results / "split/split.json",
        "statistics": results / "statistics.json",
        "model": results / "models/tiny/model.safetensors",
        "models": [
            results / "models" / network / "model.safetensors" for network in run.models_with_file
        ],
        "engine": results / "models/tiny/engine",
        "probabilities": results / "maps/town one/tiny/probabilities.tif",
        "values": results / "maps/town one/tiny/values.json",
        "classes": of_maps("classes.tif") if whole else of_one / "classes.tif",
        "confidence": of_one / "confidence.tif",
        "changes": of_maps("changes.json"),
        "evaluations": [
            results / "evaluation" / network / f"{refinement}.json" for network, refinement in maps
        ],
        "timings": results / "timings",
        "strips": output / "strips",
        "timing": output / "timing.json",
    }
    every = [scene.name for scene in run.scenes]
    files["files"] = at_places(run, every if stage == "report" else labelled)
    found: dict[str, Path | list[Path] | None] = {}
    for each in signature_of(stage).files:
        value = None if each.kind == "out" else files.get(each.name, [] if each.many else None)
        found[each.name] = output / each.name if each.kind == "out" and not each.optional else value
        if each.many and isinstance(found[each.name], Path):
            found[each.name] = [found[each.name]]  # type: ignore[list-item]
    return found


def at_places(run: RunConfig, scene_names: list[str]) -> list[Path]:
    """All files of the run that stages know by their places, of these scenes."""
    results = Path(run.results)
    places = {path: find_place(path, run.results) for path in sorted(results.rglob("*"))}
    return [
        path
        for path, place in places.items()
        if place is not None
        and place.root == results.absolute()
        and place.scene in (None, *scene_names)
    ]


def run_stage(stage: str, run: RunConfig, output: Path, branches: dict[str, str]) -> None:
    files = files_of(stage, run, output)
    with telling_of_changed_inputs(run, files):
        execute(stage, run, files=files, branches=branches)


@pytest.mark.parametrize("spoil", SPOIL.values(), ids=SPOIL)
@pytest.mark.parametrize("name", READERS)
def test_a_spoilt_output_is_named_with_the_remedy(
    name: str, spoil: Callable[[bytes], bytes], made: Project, run: RunConfig, tmp_path: Path
) -> None:
    path = made.results / name
    content, (stage, branches) = path.read_bytes(), READERS[name]
    path.write_bytes(spoil(content))
    try:
        with pytest.raises(UserError) as caught:
            run_stage(stage, run, tmp_path / "out", branches)
    finally:
        path.write_bytes(content)
    said = str(caught.value)
    assert str(Path(run.results) / name) in said or str((Path(run.results) / name).parent) in said
    assert "delete" in said
    assert "opy the file again." not in said


@pytest.mark.parametrize("spoil", SPOIL.values(), ids=SPOIL)
def test_spoilt_notes_count_as_absent(
    spoil: Callable[[bytes], bytes], made: Project, run: RunConfig, tmp_path: Path
) -> None:
    folders = [made.results / name for name in ("timings", "benchmarks", "logs")]
    notes = [
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.suffix in {".json", ".jsonl"}
    ]
    notes += [made.results / name for name in (".lock", "jobs.csv", "costs.csv", "costs.json")]
    kept = {path: path.read_bytes() for path in notes if path.exists()}
    assert len(kept) > 40
    for path, content in kept.items():
        path.write_bytes(spoil(content))
    results = Path(run.results)
    try:
        assert all(read_record(path) is None for path in kept if "logs" in path.parts)
        assert all(job.seconds is None for job in read_jobs(results).values())
        costs = read_costs(
            {"tiny": ["tiny"], "forest": ["forest"]},
            ["town one"],
            models={
                name: results / f"models/{name}/model.safetensors" for name in ("tiny", "forest")
            },
            timings=results / "timings",
        )
        assert {each["training_seconds"] for each in costs.values()} == {None}
        image = str(results / f"{SCENE}/image.tif")
        assert (
            find_failures(
                [SceneJob("town one", "align", str(results / "logs/align/town one.log"), (image,))]
            )
            == []
        )
        run_stage("compare", run, tmp_path / "out", {})
    finally:
        for path, content in kept.items():
            path.write_bytes(content)


@pytest.mark.parametrize("spoil", SPOIL.values(), ids=SPOIL)
def test_a_spoilt_configuration_or_lock_of_a_run_is_written_anew(
    spoil: Callable[[bytes], bytes], run: RunConfig, tmp_path: Path
) -> None:
    write_config(run, tmp_path / "config.yaml")
    content = (tmp_path / "config.yaml").read_bytes()
    (tmp_path / "config.yaml").write_bytes(spoil(content))
    write_config(run, tmp_path / "config.yaml")
    assert (tmp_path / "config.yaml").read_bytes() == content
    (tmp_path / ".lock").write_bytes(spoil(b"process 7 on a machine\nabcdef\n"))
    hold_run(tmp_path)
    assert f"process {os.getpid()}" in (tmp_path / ".lock").read_text(encoding="utf-8")
