"""What the rules of the workflow ask for: a plan, made once, and how jobs are launched.

The topmost layer: `workflow/Snakefile` and its rules are all that imports it.
"""

from rs_seg.workflow.begin import begin_run, tell_costs
from rs_seg.workflow.launch import start, threads_of_each
from rs_seg.workflow.making import make_plan
from rs_seg.workflow.plan import one_of
from rs_seg.workflow.snakemake_internals import begin_as_module

__all__ = [
    "begin_as_module",
    "begin_run",
    "make_plan",
    "one_of",
    "start",
    "tell_costs",
    "threads_of_each",
]
