"""Commands of rules follow from the signatures of their stages."""

from __future__ import annotations

import pytest

from rs_seg.workflow.commands import build_command


def test_a_command_names_branches_and_files_in_the_order_of_the_signature() -> None:
    assert build_command("predict", "results/config.yaml") == (
        "rs-seg predict --config results/config.yaml --network {wildcards.network}"
        " --model {input.model:q} --engine {input.engine:q}"
        " --image {input.image:q} --shards {input.shards:q} --probabilities "
        "{output.probabilities:q}"
        " --values {output.values:q} --strips {params.strips:q} --timing {params.timing:q}"
        " --threads {threads} --log {log:q}"
    )


def test_names_of_scenes_and_the_configuration_are_quoted() -> None:
    command = build_command(
        "simulate", "re!sults {x}/config.yaml", without=["clouds", "labels", "objects", "radar"]
    )
    assert command == (
        "rs-seg simulate --config 're!sults {{x}}/config.yaml' --scene {wildcards.scene:q}"
        " --optical {output.optical:q} --height {output.height:q} --threads {threads} --log {log:q}"
    )


@pytest.mark.parametrize(
    ("stage", "piped"),
    [
        ("merge", {"files"}),
        ("vectorize", set()),
        ("inspect", set()),
        ("train", set()),
        ("gather", {"files"}),
        ("deliver", {"files"}),
    ],
)
def test_lists_with_a_file_of_each_scene_come_through_pipes(stage: str, piped: set[str]) -> None:
    command = build_command(stage, "config.yaml")
    words = command.split(" --")
    assert {word.split()[0] for word in words if "@<(printf '%s\\n' {input." in word} == piped


@pytest.mark.parametrize(
    ("folded", "option"), [(True, "--fold {wildcards.fold} "), (False, "--fold 1 ")]
)
def test_without_folds_there_is_the_first(*, folded: bool, option: str) -> None:
    assert option in build_command("split", "config.yaml", folded=folded)


def test_a_shapefile_is_named_by_its_first_file() -> None:
    assert "--shapefile {output.shapefile[0]:q} " in build_command("vectorize", "config.yaml")


def test_what_runs_in_several_processes_is_started_by_what_its_job_says() -> None:
    command = build_command("train", "config.yaml")
    assert command.startswith(
        "{params.start} train --config config.yaml --network {wildcards.network} "
    )
    assert command.endswith(" --threads {params.threads} --log {log:q}")
