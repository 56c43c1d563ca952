"""The jobs of a run as Snakemake would plan them, from the rules themselves and without a run."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import chdir
from dataclasses import dataclass
from functools import cache
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from snakemake import parser
from snakemake.sourcecache import LocalSourceFile

from rs_seg.config import (
    ConvolutionalNetwork,
    DetectorConfig,
    RunConfig,
    TrainedModel,
    parse_config,
)
from rs_seg.config.objects import RASTER_DETECTORS
from rs_seg.workflow.modes import parse_mode
from rs_seg.workflow.plan import Plan, one_of
from tests.workflow.project import Project

RULES = Path(__file__).parents[2] / "workflow" / "rules"
PARTS = (
    *("prepare", "map", "ensemble", "vectors", "objects"),
    *("forecast", "learn", "engines", "search", "merge", "assess", "change", "areas", "deliver"),
)
"""Files of rules of a run of everything, in the order of workflow/Snakefile."""
WILDCARDS = {
    **dict.fromkeys(("scene", "place", "dates"), "[^/]+"),
    "shard": "[0-9]+-of-[0-9]+",
    "fold": "[0-9]+",
    **dict.fromkeys(
        ("network", "refinement", "detector", "suppression"),
        "[A-Za-z0-9_]+",
    ),
}
"""What wildcards may be, as workflow/Snakefile says."""


@dataclass(frozen=True)
class PlannedJob:
    """One job: what Snakemake compares to decide whether it runs again."""

    rule: str
    wildcards: tuple[tuple[str, str], ...]
    inputs: frozenset[str]
    outputs: frozenset[str]
    settings: str
    command: str

    @property
    def key(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """Rule and wildcards."""
        return self.rule, self.wildcards

    def __hash__(self) -> int:
        return hash(self.key)


Jobs = Mapping[Any, PlannedJob]


class RecordedRules:
    """Stands for Snakemake's workflow where the code of rules is run: keeps what rules say."""

    def __init__(self) -> None:
        self.rules: dict[str, dict[str, Any]] = {}
        self._current: dict[str, Any] = {}

    def rule(self, *, name: str, **_: Any) -> Callable[[Any], Any]:
        self._current = self.rules[name] = {}
        return lambda function: function

    def run(self, function: Any) -> Any:
        return function

    def __getattr__(self, section: str) -> Callable[..., Callable[[Any], Any]]:
        def keep(*plain: Any, **named: Any) -> Callable[[Any], Any]:
            self._current[section] = (plain, named)
            return lambda function: function

        return keep


@cache
def _code() -> tuple[Any, ...]:
    """The rules as Python, as Snakemake itself compiles them."""
    cache_of_sources = SimpleNamespace(
        open=lambda path, _mode="r": StringIO(
            Path(path.get_path_or_uri(secret_free=True)).read_text(encoding="utf-8")
        )
    )
    modifier = SimpleNamespace(skip_rule=lambda *_: False)
    workflow = SimpleNamespace(sourcecache=cache_of_sources, modifier=modifier)
    paths = [RULES / f"{part}.smk" for part in PARTS]
    return tuple(
        compile(parser.parse(LocalSourceFile(str(path)), workflow, {})[0], path, "exec")
        for path in paths
    )


def make_plan_of(run: RunConfig, finished: Jobs) -> Plan:
    """The plan of everything, made without Snakemake; given models count as networks of layers."""
    makers = {path: job for job in finished.values() for path in job.outputs}
    return Plan(
        run=run,
        mode=parse_mode({})[0],
        scenes=tuple(scene.name for scene in run.scenes),
        labelled=tuple(scene.name for scene in run.labelled_scenes),
        with_layers=tuple(
            name
            for name, model in run.models.items()
            if isinstance(model, (ConvolutionalNetwork, TrainedModel))
        ),
        with_rasters=tuple(
            name
            for name, detector in run.detectors.items()
            if isinstance(detector, DetectorConfig) and detector.architecture in RASTER_DETECTORS
        ),
        whole=run,
        checked=(),
        cores=8,
        on_one_machine=False,
        recorded_inputs=lambda path: makers[path].inputs if path in makers else None,
    )


def plan_jobs(
    run: RunConfig,
    finished: Jobs | None = None,
    *,
    targets: Callable[[Plan], Iterable[str]] | None = None,
) -> dict[Any, PlannedJob]:
    """All jobs that the targets need, by rule and wildcards; `finished` are on record.

    The targets are those of the rule `all` where none are given.
    """
    plan = make_plan_of(run, finished or {})
    recorded = RecordedRules()
    names = {"workflow": recorded, "plan": plan, "directory": str, "one_of": one_of}
    for code in _code():
        exec(code, {**names, "start": None, "threads_of_each": None})  # our own rules
    return _Expansion(recorded.rules).expand((targets or _targets)(plan))


def count_by_rule(jobs: Iterable[PlannedJob]) -> dict[str, int]:
    """How many jobs each rule has."""
    return dict(Counter(job.rule for job in jobs))


def count_jobs(
    values: dict[str, Any], *, targets: Callable[[Plan], Iterable[str]] | None = None
) -> dict[str, int]:
    """How many jobs each rule has in a run of everything, or of these targets."""
    return count_by_rule(plan_jobs(parse_config(values), targets=targets).values())


def made_again(finished: Project, **changes: Any) -> dict[str, int]:
    """How many jobs of each rule other settings make again after a run, as the rules are read."""
    with chdir(finished.folder):
        before, after = (parse_config({**finished.values, **own}) for own in ({}, changes))
        return count_by_rule(find_jobs_again(plan_jobs(before), plan_jobs(after)))


def _targets(plan: Plan) -> list[str]:
    """Inputs of the rule `all`."""
    return [
        plan.places.of_run("report.html"),
        plan.places.of_run("deliver"),
        *plan.exported_models(),
        *plan.forecasts(),
        *plan.objects(),
        *plan.matches(),
        *plan.points_to_label(),
        *plan.estimates(),
        *plan.changes(),
    ]


def find_jobs_again(before: Jobs, after: Jobs) -> dict[PlannedJob, bool]:
    """The jobs that run again once `before` is finished: whether they only follow others.

    As Snakemake has it: a job runs again when its inputs, outputs, settings or command changed, or
    when a job that makes an input runs again.
    """
    makers = {path: job for job in after.values() for path in job.outputs}
    follows: dict[PlannedJob, bool] = {}

    def runs_again(job: PlannedJob) -> bool:
        if job not in follows:
            sources = [makers[path] for path in job.inputs if path in makers]
            follows[job] = any(runs_again(source) for source in sources)
        return follows[job] or before.get(job.key) != job

    return {job: follows[job] for job in after.values() if runs_again(job)}


class _Expansion:
    """Jobs from targets, each made by the rule whose output fits."""

    def __init__(self, rules: Mapping[str, dict[str, Any]]) -> None:
        self._rules = rules
        self._patterns: dict[str, list[tuple[str, re.Pattern[str]]]] = defaultdict(list)
        for name, rule in rules.items():
            constraints = rule.get("register_wildcard_constraints", ((), {}))[1]
            for pattern in _flat(rule["output"]):
                expression = _expression(pattern, tuple(sorted(constraints.items())))
                self._patterns[Path(pattern).suffix].append((name, expression))

    def expand(self, targets: Iterable[str]) -> dict[Any, PlannedJob]:
        waiting, known, jobs = list(targets), set(), {}
        while waiting:
            path = waiting.pop()
            if path in known:
                continue
            job = self._job_of(path)
            if job is not None:
                jobs[job.key] = job
                known |= job.outputs
                waiting += sorted(job.inputs - known)
            known.add(path)
        return jobs

    def _job_of(self, path: str) -> PlannedJob | None:
        for name, expression in self._patterns[Path(path).suffix]:
            match = expression.fullmatch(path)
            if match is not None:
                return self._job(name, match.groupdict())
        return None

    def _job(self, name: str, wildcards: dict[str, str]) -> PlannedJob:
        rule, values = self._rules[name], Wildcards(wildcards)
        inputs = _asked(rule.get("input", ((), {})), values)
        return PlannedJob(
            rule=name,
            wildcards=tuple(sorted(wildcards.items())),
            inputs=frozenset(file.format(**wildcards) for file in inputs),
            outputs=frozenset(file.format(**wildcards) for file in _flat(rule["output"])),
            settings=rule["params"][1]["settings"](values),
            command=rule["shellcmd"][0][0],
        )


class Wildcards(dict[str, str]):
    """Wildcards as Snakemake gives them: a mapping whose names are attributes too."""

    def __getattr__(self, name: str) -> str:
        return self[name]


@cache
def _expression(pattern: str, constraints: tuple[tuple[str, str], ...]) -> re.Pattern[str]:
    """What a path of an output looks like; wildcards hold no slash."""
    allowed, seen, pieces = {**WILDCARDS, **dict(constraints)}, set(), []
    for number, piece in enumerate(re.split(r"\{(\w+)\}", pattern)):
        if number % 2 == 0:
            pieces.append(re.escape(piece))
        elif piece in seen:
            pieces.append(f"(?P={piece})")
        else:
            seen.add(piece)
            pieces.append(f"(?P<{piece}>{allowed[piece]})")
    return re.compile("".join(pieces))


def _flat(section: tuple[tuple[Any, ...], dict[str, Any]]) -> list[str]:
    plain, named = section
    return [str(path) for value in (*plain, *named.values()) for path in _listed(value)]


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _asked(section: tuple[tuple[Any, ...], dict[str, Any]], wildcards: Wildcards) -> list[str]:
    plain, named = section
    values = [value for given in (*plain, *named.values()) for value in _listed(given)]
    asked = [value(wildcards) if callable(value) else value for value in values]
    return [str(path) for value in asked for path in _listed(value)]
