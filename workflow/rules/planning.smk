# What keeps planning small: with thousands of scenes, jobs are millions of objects that all stay until the run ends.
#
# Each of these says the same as Snakemake (9.27) in less; what each is worth stands in docs/experiments.md.
import atexit
import gc
import os

from snakemake.dag import DAG
from snakemake.exceptions import ChildIOException
from snakemake.io import _IOFile
from snakemake.iocontainers import AttributeGuard

# Looking for garbage among them costs a quarter of the time.
gc.set_threshold(200_000, 20, 100)
# Nor is there any use in looking once more when the process ends: a sixth of the time to plan.
atexit.register(gc.freeze)

guards = {}


def share_guard(cls, name=None):
    """The one guard of this name; for pickle, which gives none, one of its own.

    Snakemake makes two guards, always of the same two names, for each of the six lists of each job.
    """
    return object.__new__(cls) if name is None else guards.setdefault(name, object.__new__(cls))


AttributeGuard.__new__ = share_guard

# What is replaced is kept there too: where this workflow is a module of another, this file is read twice.
clone_flags = getattr(_IOFile.clone_flags, "replaced", _IOFile.clone_flags)


def clone_flags_if_any(self, other, **options):
    """Give a file the flags (`temp`, `directory`) of another, if there are any to give or to take away.

    Snakemake keeps a second text with two dictionaries for each file, flags or no flags.
    """
    if getattr(self._file, "flags", None) or getattr(other._file, "flags", None):
        clone_flags(self, other, **options)


clone_flags_if_any.replaced = clone_flags
_IOFile.clone_flags = clone_flags_if_any


def check_folders(self):
    """Refuse an output that lies in a folder which another job makes.

    Snakemake makes a path of each output and compares neighbours; few outputs are folders.
    """
    makers = {f"{os.path.abspath(file)}{os.sep}": job for job in self.jobs for file in job.output if file.is_directory}
    folders = tuple(makers)
    for job in self.jobs:
        for path in map(os.path.abspath, job.output):
            for folder in folders if path.startswith(folders) else ():
                if path.startswith(folder) and makers[folder] is not job:
                    raise ChildIOException(parent=(folder, makers[folder]), child=(path, job))


DAG.check_directory_outputs = check_folders
