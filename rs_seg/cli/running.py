"""Runs of the workflow, with Snakemake as the engine in a process of its own.

Snakemake stays out of this process: its libraries are heavy, and it ends the process in its own
ways.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import yaml

from rs_seg.cli.driver import DRIVER, driver_identity
from rs_seg.cli.writing import check_working_directory
from rs_seg.config.yaml_text import check_yaml_files
from rs_seg.errors import UserError
from rs_seg.values.installation import share_folder
from rs_seg.values.machine import place_caches

OWN_FILE = Path("my.yaml")
"""The configuration that is taken where none is named."""
TYPED_IN = "RS_SEG_TYPED_IN"
"""Environment variable: the folder where the command was typed, if jobs run in another one."""
SUFFIXES = (".yaml", ".yml")
SIZES = {"cores", "jobs", "executor"}
"""Options that say on how much of which machine jobs run; a profile may hold them."""
SIZE_OPTIONS = ("--cores", "-c", "--jobs", "-j", "--executor", "-e")


def run_workflow(
    config: Path,
    *,
    targets: Sequence[str] = (),
    cores: int | str | None = None,
    profile: str | None = None,
    verbose: bool = False,
    options: Sequence[str] = (),
) -> int:
    """The exit code of a run of the workflow in the current folder; 0 when all is made.

    `targets` are files or `all`, `maps`, `learn`; `cores` is a number or "all", which is what None
    means unless the profile or the options say on what jobs run. `profile` is one of ours by name,
    or a folder; `options` are words that Snakemake gets as they are. Signals are passed on; a run
    that ends because of one has the exit code 128 + its number.

    Raises:
        UserError: there is no such configuration, it is no YAML, or the current folder takes no
            files.
    """
    check_yaml_files([config])  # Snakemake would not name the line
    place_caches()  # Snakemake stops without a place for its cache
    check_working_directory()
    logger = _terminal_words(options, verbose=verbose)
    module = "rs_seg.workflow.quiet_start" if logger else "snakemake"
    words = logger + _snakemake_words(config, cores, profile, options)
    words += ["--", *targets] if targets else []
    # -P: a file numpy.py in the current folder is no library
    return _run([sys.executable, "-P", "-m", module, *words])


def choose_config(words: Sequence[str], *, demo: bool) -> tuple[Path, list[str]]:
    """The configuration that words of `rs-seg run` name, and the targets after it.

    Raises:
        UserError: the demo and a configuration are both asked for, or there is none.
    """
    named = bool(words) and words[0].endswith(SUFFIXES)
    if demo and named:
        raise UserError(
            "either the demo is run or a configuration",
            where="--demo",
            found=words[0],
            remedy="leave one of them out",
        )
    if demo:
        return share_folder() / "config" / "config.yaml", list(words)
    return (Path(words[0]), list(words[1:])) if named else (OWN_FILE, list(words))


def _snakemake_words(
    config: Path, cores: int | str | None, profile: str | None, options: Sequence[str]
) -> list[str]:
    share = share_folder()
    words = ["--snakefile", str(share / "Snakefile")]
    words += ["--workflow-profile", str(share / "profiles" / "default")]
    words += ["--configfile", str(config)]
    chosen = find_profile(profile)
    words += ["--profile", chosen] if chosen else []
    if cores is None and not (_says_size(options) or _is_sized(chosen)):
        cores = "all"
    words += [] if cores is None else ["--cores", str(cores)]
    return [*words, *options]


def find_profile(name: str | None) -> str | None:
    """What Snakemake is given as a profile: one of ours by name, else the name as it is.

    None for the default, which is a part of every run. A folder of the user's is taken before ours.
    """
    if name in (None, "default"):
        return None
    ours = share_folder() / "profiles" / str(name)
    return str(ours) if ours.is_dir() and not Path(str(name)).exists() else name


def _says_size(options: Sequence[str]) -> bool:
    return any(option.partition("=")[0] in SIZE_OPTIONS for option in options)


def _is_sized(profile: str | None) -> bool:
    """Whether the profile says on what jobs run; a profile that is found elsewhere may."""
    if profile is None:
        return "SNAKEMAKE_PROFILE" in os.environ
    place = Path(profile)
    files = sorted(place.glob("*.yaml")) if place.is_dir() else [place]
    settings: list[Any] = [
        yaml.safe_load(file.read_text(encoding="utf-8")) for file in files if file.is_file()
    ]
    return not settings or any(SIZES & set(known or {}) for known in settings)


def _terminal_words(options: Sequence[str], *, verbose: bool) -> list[str]:
    """How Snakemake speaks to the terminal: quietly, unless it is asked to say all."""
    is_chosen = any(option.partition("=")[0] == "--logger" for option in options)
    return [] if verbose or is_chosen else ["--logger", "rs-seg"]


def _run(command: Sequence[str]) -> int:
    # should this process be killed without a word, Snakemake ends too
    environment = {**os.environ, DRIVER: driver_identity()}
    # In a session of its own, so that a signal from the terminal reaches it once, from here.
    process = subprocess.Popen(command, env=environment, start_new_session=True)  # noqa: S603
    with process, _passing_signals(process) as received:
        code = process.wait()
    if code < 0:
        return 128 - code
    return 128 + received[0] if code and received else code


@contextmanager
def _passing_signals(process: subprocess.Popen[Any]) -> Iterator[list[int]]:
    """Passes signals on to Snakemake and its jobs; the list of those that ask it to end.

    SIGINT goes to jobs too, as a terminal sends it. SIGTERM lets Snakemake finish what is running.
    """
    received: list[int] = []

    def pass_on(number: int, _: Any) -> None:
        received.append(number)
        with suppress(ProcessLookupError):  # it has just ended
            (os.kill if number == signal.SIGTERM else os.killpg)(process.pid, number)

    def pause(*_: Any) -> None:
        os.killpg(process.pid, signal.SIGSTOP)
        os.kill(os.getpid(), signal.SIGSTOP)  # goes on here with SIGCONT
        os.killpg(process.pid, signal.SIGCONT)

    endings = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    actions: dict[signal.Signals, Any] = {**dict.fromkeys(endings, pass_on), signal.SIGTSTP: pause}
    # what is ignored, as by nohup, stays ignored
    before = {
        number: signal.signal(number, action)
        for number, action in actions.items()
        if signal.getsignal(number) != signal.SIG_IGN
    }
    try:
        yield received
    finally:
        for number, action in before.items():
            signal.signal(number, action)
