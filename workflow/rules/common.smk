# The configuration, what happens before the first job, and what every rule is made of.
import functools
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.settings.types import DeploymentMethod, Quietness

from rs_seg.cli import (
    SceneJob,
    find_failures,
    find_missing_files,
    find_missing_inputs,
    find_missing_learning,
    fingerprint,
    leave_failure,
    networks_with_layers,
    parse_mode,
    write_failures,
)
from rs_seg.cli.completing import complete_settings
from rs_seg.cli.driver import DRIVER, driver_identity, hold_run, refuse_leftover_job
from rs_seg.cli.signature import signature_of
from rs_seg.cli.writing import check_working_directory, telling_unwritable
from rs_seg.config import (
    ConvolutionalNetwork,
    RandomForest,
    TrainedModel,
    check_yaml_files,
    load_config,
    parse_config,
    write_config,
)
from rs_seg.errors import UserError, UserErrors
from rs_seg.values.names import check_cluster_names

# Paths are taken as they are: Snakemake (9.27) would replace <results> and the like in them. Only in the rules of this
# workflow, also where it is a module of another one.
workflow.pathvars.apply = lambda path: path

# Learning looks at some scenes only: what is wrong with the others is no reason not to learn. (Targets are known to
# Snakemake only after it has read this file.)
LEARNS = "learn" in sys.argv and not {"all", "maps"}.intersection(sys.argv)


def refusal(text):
    """What stops a run; Snakemake says it, but not with `--quiet all`."""
    if Quietness.ALL in (workflow.output_settings.quiet or ()):
        print(f"error: {text}", file=sys.stderr)
    return WorkflowError(text)


try:
    if workflow.is_main_process:
        check_working_directory()
        # Snakemake has loaded them, and of two equal keys has dropped one
        check_yaml_files(map(Path, workflow.configfiles))
    MODE, values = parse_mode(config)
    where = ", ".join(map(os.path.relpath, workflow.configfiles))
    RUN = parse_config(values, where=where, complete=complete_settings)
    learning = RUN.labelled_scenes or (RUN.scenes if RUN.trained_networks else RUN.scenes[:1])
    # Of a shard, a scene whose files are missing fails by itself; to gather, none are wanted.
    asked = () if MODE.shard or MODE.gather else learning if LEARNS else RUN.scenes
    missing = find_missing_inputs(RUN, asked) if workflow.is_main_process and not MODE.gather else []
    if missing:
        raise UserErrors(missing)
    WITH_LAYERS = networks_with_layers(RUN)
    if not workflow.is_main_process:
        refuse_leftover_job(Path(RUN.results), MODE.part)
except UserErrors as errors:
    # Snakemake has no log yet that could hold thousands.
    raise refusal(errors.shorten(30, rest=": `rs-seg check --log FILE` writes all")) from None
except UserError as error:
    raise refusal(str(error)) from None

RESULTS = RUN.results
CONFIG = f"{RESULTS}/{'gathered' if MODE.gather else 'config'}.yaml"
CORES = workflow.resource_settings.cores or 8  # none on a cluster; `workflow.cores` fails there


def literal(text):
    """Text for a place that Snakemake formats: its braces are doubled."""
    return text.replace("{", "{{").replace("}", "}}")


# Jobs end with the process that starts them, so that none works on beside its successor.
begin = f"export {DRIVER}={shlex.quote(driver_identity())}; "
# With `--software-deployment-method conda` a job runs in the environment of environment.yml, where the package is found by
# its path; else in the environment that runs Snakemake, whether it is activated or not.
if DeploymentMethod.CONDA in workflow.deployment_settings.deployment_method:
    here = shlex.quote(str(Path(workflow.current_basedir).parents[1]))
    shell.prefix(literal(begin + f'export PYTHONPATH={here}; rs-seg() {{ python -m rs_seg "$@"; }}; '))
else:
    shell.prefix(literal(begin + f"export PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH; "))


def command(stage):
    """The beginning of a shell command."""
    return literal(f"rs-seg {stage} --config {shlex.quote(CONFIG)}")


def settings(stage):
    """What a job depends on besides its files, as one value: see rs_seg/cli/fingerprint.py."""
    # One text for all jobs of which it is the same: most stages do not depend on the scene, of which there are thousands.
    of_branches = functools.cache(functools.partial(fingerprint, stage, RUN))
    branches = signature_of(stage).branches

    def of_job(wildcards):
        known = {"fold": "1", **wildcards}
        return of_branches(**{name: known[name] for name in branches})

    return of_job


def share_of_cores(jobs):
    """Threads of each of many like jobs: they run side by side first, and share what is left."""
    return max(1, CORES // max(1, jobs))


def one_of(names):
    """Wildcard constraint: one of these names, or nothing at all."""
    return "|".join(map(re.escape, names)) or "(?!)"
