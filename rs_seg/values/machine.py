"""What a job may use of the machine it runs on."""

from __future__ import annotations

import atexit
import ctypes
import os
import resource
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from rs_seg.values.gdal_settings import restrict_gdal

FLAGS = ("amx_bf16", "amx_int8", "avx2", "avx512_bf16", "avx512_vnni", "avx512f", "avx_vnni")
"""Instructions that decide how fast a network is computed in which precision."""

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
"""Numbers of the parameters in glibc's malloc.h."""
LARGE_ARRAY, LARGEST_REUSED = 1 << 20, 32 << 20
"""Bytes; glibc takes no larger threshold than the second."""
CACHE, OWN_CACHE = "GDAL_CACHEMAX", "RS_SEG_CACHEMAX"
"""Environment variables: the limit that GDAL reads, and the one that we have set, to know ours from
one of a user."""
RASTER_CACHE = 256
"""Megabytes of blocks that every command may keep: a row of blocks of 512 pixels across 100,000
pixels of 4 bytes."""
PROBE = 100_000
"""Bytes that the folder of caches must take: a folder that can be made is not yet one with room."""


def thread_count() -> int:
    """Threads of this process: OMP_NUM_THREADS (`rs-seg --threads`), else its processors."""
    given = os.environ.get("OMP_NUM_THREADS", "")
    if given.isdigit() and int(given) > 0:
        return int(given)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1  # macOS


@cache
def processor_flags() -> tuple[str, ...]:
    """Those of FLAGS that the processor has; none where the system does not say."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ()
    known = set(text.split())
    return tuple(flag for flag in FLAGS if flag in known)


@cache
def processor_name() -> str:
    """The model of the processor as the system names it, with the instructions that we ask for."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return " ".join([next(names, "unknown processor"), *processor_flags()])


def computes_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 in hardware.

    Without, bfloat16 is emulated and slower than float32.
    """
    return not {"avx512_bf16", "amx_bf16"}.isdisjoint(processor_flags())


def limit_threads(count: int) -> None:
    """Let every library of this process use at most `count` threads.

    It takes effect before the libraries are imported.
    """
    for variable in (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "NUMBA_NUM_THREADS",
        "GDAL_NUM_THREADS",
    ):
        os.environ[variable] = str(count)


def limit_raster_cache(megabytes: int = RASTER_CACHE) -> None:
    """Let GDAL keep at most so many megabytes of raster blocks.

    It takes effect before the first raster is opened. By default it keeps a twentieth of the
    machine's memory: far more than a stream needs, which reads each block once. The last limit
    counts, but none replaces that of whoever started the process by GDAL_CACHEMAX.
    """
    given = os.environ.get(CACHE)
    if given is None or given == os.environ.get(OWN_CACHE):
        os.environ[CACHE] = os.environ[OWN_CACHE] = str(megabytes)


def peak_memory() -> float:
    """Largest resident memory so far in MiB, of this process or of one that it has waited for.

    It is what the system counted, not a sample. Processes side by side are not added up.
    """
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # ru_maxrss is also that of the program before this one in the same process (getrusage(2)),
    # such as a large parent that was forked
    with suppress(OSError):
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
        own = next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), own)
    return max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024


def return_freed_memory() -> None:
    """Let large arrays go back to the system when they are freed, as far as the C library is glibc.

    It keeps arrays of up to 32 MB for later, and raises that limit from 128 KB with every larger
    one that is freed: a stage that makes and drops many long arrays then holds twice what it needs
    (seen in glibc 2.36). Source: mallopt(3).
    """
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(MMAP_THRESHOLD, LARGE_ARRAY)


@contextmanager
def reusing_freed_memory() -> Iterator[None]:
    """Within it, arrays of up to 32 MB are made of what others have freed.

    The system clears every page that it hands out, and one thread at a time: loops over strips of a
    map in several threads spend a third of their time on that. Afterwards all that is free goes
    back, and large arrays go back as by `return_freed_memory`. Source: mallopt(3), malloc_trim(3).
    """
    library = ctypes.CDLL(None)
    if not hasattr(library, "malloc_trim"):
        yield
        return
    library.mallopt(MMAP_THRESHOLD, LARGEST_REUSED)
    library.mallopt(TRIM_THRESHOLD, 2 * LARGEST_REUSED)
    try:
        yield
    finally:
        library.mallopt(TRIM_THRESHOLD, LARGE_ARRAY)
        return_freed_memory()
        library.malloc_trim(0)


def fix_environment() -> None:
    """Set the environment of libraries: reproducible files, masks inside, processors shared.

    No file of strangers is trusted.
    """
    os.environ.setdefault("GDAL_TIFF_INTERNAL_MASK", "YES")
    os.environ.setdefault("OGR_CURRENT_DATE", "2000-01-01T00:00:00.000Z")
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    # Convolutions of stride 3 and more are wrong in bfloat16 with AMX, silently and by half of the
    # greatest value (oneDNN 3.13 in torch 2.15 and OpenVINO: pytorch issue 169688, oneDNN pull
    # 5494). The step below AMX is right.
    os.environ.setdefault("ONEDNN_MAX_CPU_ISA", "AVX512_CORE_BF16")
    # threads that spin while they wait starve one another where other jobs run: training took 1.3
    # to 3 times as long
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    restrict_gdal()  # files of strangers are no programs: no requests, no code


def cache_folder() -> Path:
    """Where programs of the user keep what can be made or fetched again."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def place_caches() -> str | None:
    """Let libraries keep their caches in the folder of temporary files where the home takes none.

    A line that says so.

    Compiled functions, fonts and downloaded weights follow XDG_CACHE_HOME, or lie in ~/.cache where
    it is not set. Compiled functions are loaded as code, so a folder that others can write to is
    never used.
    """
    moved = None
    try:
        folder = cache_folder()
        _take_file(folder)
    except (OSError, RuntimeError) as error:  # RuntimeError: there is no home at all
        folder = _private_folder()
        os.environ["XDG_CACHE_HOME"] = str(folder)
        moved = (
            f"caches are kept in {folder}, as the home takes no files ({error}); XDG_CACHE_HOME "
            f"sets another place"
        )
    # beside the others, and no file in the home changes what figures look like
    os.environ.setdefault("MPLCONFIGDIR", str(folder / "matplotlib"))
    return moved


def _private_folder() -> Path:
    """A folder of this user alone among the temporary files.

    Anybody can make one of the expected name before us: it is used only if it is ours, open to
    nobody else and no link. Else a fresh one serves this process and goes with it.
    """
    known = Path(tempfile.gettempdir(), f"rs_seg-{os.getuid()}")
    with suppress(FileExistsError):
        known.mkdir(mode=0o700)
    status = known.lstat()
    if stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o077:
        return known
    fresh = Path(tempfile.mkdtemp(prefix="rs_seg-"))
    atexit.register(shutil.rmtree, fresh, ignore_errors=True)
    return fresh


def _take_file(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        if file.write(bytes(PROBE)) < PROBE:
            raise OSError("no space left")
