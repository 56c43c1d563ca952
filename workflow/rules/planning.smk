# What keeps planning small: with thousands of scenes, jobs are millions of objects that all stay until the run ends.
import atexit
import gc

from snakemake.iocontainers import AttributeGuard

# Looking for garbage among them costs a quarter of the time.
gc.set_threshold(200_000, 20, 100)
# Nor is there any use in looking once more when the process ends: a sixth of the time to plan.
atexit.register(gc.freeze)

guards = {}


def share_guard(cls, name=None):
    """The one guard of this name; for pickle, which gives none, one of its own.

    Snakemake (9.27) makes two guards, always of the same two names, for each of the six lists of each job: a fifth of the
    memory that planning takes, and a good part of the time.
    """
    return object.__new__(cls) if name is None else guards.setdefault(name, object.__new__(cls))


AttributeGuard.__new__ = share_guard
