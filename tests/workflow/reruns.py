"""What runs again when a key of the configuration changes.

It lies beside the tests because it looks at whole configurations through the rules themselves,
which no run needs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rs_seg.config import ConvolutionalNetwork, RunConfig
from rs_seg.config.copies import models_and_copies
from rs_seg.stages import STAGES
from tests.workflow.changed_keys import ChangedKey, declaring, every_key
from tests.workflow.planned_jobs import Jobs, PlannedJob, find_jobs_again, plan_jobs

FITTED = "train (single pixels)"
"""The trainings of methods that have no layers, told apart from those of networks."""
ORDER = [name for stage in STAGES for name in ([stage, FITTED] if stage == "train" else [stage])]
"""All stages, in the order of the chain."""
FORETELLING = frozenset({"forecast"})
"""Stages that say what trainings will take, beside every training; nothing follows them."""
SHOWING = FORETELLING | {"report", "deliver"}
"""Those, and stages that show all settings: nearly every change reaches them."""


@dataclass(frozen=True)
class Reruns:
    """Which stages each key reaches itself, and what is made from each stage."""

    of_keys: Mapping[str, frozenset[str]]
    """By key: the stages with jobs that run again though none of their inputs is made again."""
    followers: Mapping[str, frozenset[str]]
    """By stage: those that run again after it, whatever the key was."""
    tried: frozenset[tuple[str, str]]
    """Model and name of each field that was given another value."""


def find_reruns() -> Reruns:
    """The reruns of every key, with all kinds of members, by a change and by taking it back."""
    plans: dict[str, Jobs] = {}
    of_keys: dict[str, set[str]] = defaultdict(set)
    followers: dict[str, set[str]] = defaultdict(set)
    tried: set[tuple[str, str]] = set()
    for change in every_key():
        name = change.key.rpartition(".")[2]
        tried.add((declaring(change.section, name), name))
        before = plans.setdefault(change.example, plan_jobs(change.before))
        for own, following in _both_ways(change, before, plan_jobs(change.after, before)):
            of_keys[change.key] |= own
            leading = own - FORETELLING
            if len(leading) == 1:
                followers[min(leading)] |= following
    told = {key: stages - SHOWING or stages for key, stages in of_keys.items()}
    return Reruns(
        {key: frozenset(stages) for key, stages in told.items()},
        {stage: frozenset(stages) for stage, stages in followers.items()},
        frozenset(tried),
    )


def _both_ways(
    change: ChangedKey, before: Jobs, after: Jobs
) -> Iterator[tuple[set[str], set[str]]]:
    yield split_reruns(change.after, before, after)
    yield split_reruns(change.before, after, before)


def split_reruns(run: RunConfig, before: Jobs, after: Jobs) -> tuple[set[str], set[str]]:
    """The stages that a change reaches itself, and those that follow, once `before` is finished."""
    again = find_jobs_again(before, after)
    own = {stage_of(run, job) for job, follows in again.items() if not follows}
    return own, {stage_of(run, job) for job in again} - own


def stage_of(run: RunConfig, job: PlannedJob) -> str:
    """The stage of a job; trainings are told apart by what they train."""
    if job.rule == "train":
        network = models_and_copies(run)[dict(job.wildcards)["network"]]
        return "train" if isinstance(network, ConvolutionalNetwork) else FITTED
    return "simulate" if job.rule.startswith("simulate") else job.rule
