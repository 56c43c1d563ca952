"""How `rs-seg run` starts Snakemake, and what it passes on to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rs_seg.cli import running
from rs_seg.cli.app import app
from rs_seg.cli.running import choose_config, find_profile, run_workflow
from rs_seg.errors import UserError
from rs_seg.values.installation import share_folder

STARTER = "import sys; from rs_seg.cli.running import _run; sys.exit(_run(sys.argv[1:]))"
LISTENER = """
import signal, sys, time
received = []
def note(number, _):
    received.append(number)
    print(signal.Signals(number).name, flush=True)
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, note)
print("ready", flush=True)
while not received:
    time.sleep(0.02)
time.sleep(0.3)
sys.exit(int(sys.argv[1]))
"""


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Commands that would be started, in a new folder with a configuration."""
    started: list[list[str]] = []

    def note(command: list[str]) -> int:
        started.append(command)
        return 0

    monkeypatch.setattr(running, "_run", note)
    monkeypatch.delenv("SNAKEMAKE_PROFILE", raising=False)
    monkeypatch.chdir(tmp_path)
    Path("my.yaml").write_text("title: any", encoding="utf-8")
    return started


def run(*words: str) -> int:
    result = CliRunner().invoke(app, ["run", *words])
    if isinstance(result.exception, UserError):
        raise result.exception
    return result.exit_code


def option(command: list[str], name: str) -> str | None:
    return command[command.index(name) + 1] if name in command else None


def test_a_run_takes_my_yaml_and_all_processors(commands: list[list[str]]) -> None:
    assert run() == 0
    (command,) = commands
    assert command[:4] == [sys.executable, "-P", "-m", "rs_seg.workflow.quiet_start"]
    assert option(command, "--configfile") == "my.yaml"
    assert option(command, "--cores") == "all"
    assert option(command, "--snakefile") == str(share_folder() / "Snakefile")
    assert option(command, "--workflow-profile") == str(share_folder() / "profiles/default")
    assert "--" not in command


def test_the_first_word_is_a_configuration_and_the_others_are_targets(
    commands: list[list[str]],
) -> None:
    Path("other run.yml").touch()
    run("other run.yml", "maps", "results/a.yaml", "--cores", "3", "--", "--forcerun", "compare")
    (command,) = commands
    assert option(command, "--configfile") == "other run.yml"
    assert option(command, "--cores") == "3"
    assert command[-5:] == ["--forcerun", "compare", "--", "maps", "results/a.yaml"]


def test_words_without_a_configuration_are_targets_of_my_yaml(commands: list[list[str]]) -> None:
    run("learn", "--dry-run")
    assert commands[0][-3:] == ["--dry-run", "--", "learn"]
    assert option(commands[0], "--configfile") == "my.yaml"


def test_the_demo_is_the_one_of_the_installation(commands: list[list[str]]) -> None:
    run("--demo", "maps")
    assert option(commands[0], "--configfile") == str(share_folder() / "config/config.yaml")
    with pytest.raises(UserError, match="either the demo"):
        choose_config(["my.yaml"], demo=True)


def test_the_terminal_is_quiet_unless_another_logger_or_all_is_asked_for(
    commands: list[list[str]],
) -> None:
    run()
    run("--verbose")
    run("--", "--logger", "other")
    assert [option(command, "--logger") for command in commands] == ["rs-seg", None, "other"]
    modules = ["rs_seg.workflow.quiet_start", "snakemake", "snakemake"]
    assert [option(command, "-m") for command in commands] == modules


def test_a_configuration_that_is_no_yaml_is_told_with_its_line(
    commands: list[list[str]],
) -> None:
    Path("my.yaml").write_text("title: any\nbands: [red, green\nseed: 1\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"my\.yaml, line 3: configuration is not valid YAML"):
        run()
    assert commands == []


def test_a_missing_configuration_is_told_with_the_ways_out(commands: list[list[str]]) -> None:
    with pytest.raises(UserError, match=r"none\.yaml: there is no such.*init.*--demo"):
        run("none.yaml")
    assert not commands


def test_profiles_go_by_name_unless_a_folder_has_it(commands: list[list[str]]) -> None:
    ours = share_folder() / "profiles"
    assert find_profile("slurm") == str(ours / "slurm")
    assert find_profile("default") is find_profile(None) is None
    assert find_profile("site") == "site"  # Snakemake looks for it in its own folders
    Path("slurm").mkdir()
    assert find_profile("slurm") == "slurm"


@pytest.mark.parametrize(
    ("words", "cores"),
    [
        (["--profile", "slurm"], None),  # 200 jobs at once, as it says itself
        (["--profile", "laptop"], None),
        (["--profile", "laptop", "--cores", "2"], "2"),
        (["--profile", "site"], "all"),
        (["--", "--executor", "slurm", "--jobs", "5"], None),
        (["--", "--cores=7"], None),
        (["--", "--keep-going"], "all"),
    ],
)
def test_all_processors_are_meant_where_nothing_else_is_said(
    commands: list[list[str]], words: list[str], cores: str | None
) -> None:
    Path("site").mkdir()
    Path("site/profile.yaml").write_text("keep-going: true", encoding="utf-8")
    run(*words)
    assert option(commands[0], "--cores") == cores


def test_a_profile_in_the_environment_says_where_jobs_run(
    commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SNAKEMAKE_PROFILE", "site")
    run()
    assert option(commands[0], "--cores") is None


def test_the_function_gives_the_exit_code(commands: list[list[str]]) -> None:
    assert run_workflow(Path("my.yaml"), targets=["maps"], cores="all", options=["--quiet"]) == 0
    assert commands[0][-3:] == ["--quiet", "--", "maps"]


@contextmanager
def starter(*command: str) -> Iterator[subprocess.Popen[str]]:
    """A process that waits for a command as `rs-seg run` does, once the command is ready."""
    words = [sys.executable, "-c", STARTER, sys.executable, "-c", *command]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("whole_group", [True, False], ids=["as a terminal", "as kill"])
def test_a_signal_reaches_snakemake_once(number: signal.Signals, *, whole_group: bool) -> None:
    with starter(LISTENER, "1") as process:
        (os.killpg if whole_group else os.kill)(process.pid, number)
        said, _ = process.communicate(timeout=20)
    assert said.split() == [number.name]
    assert process.returncode == 128 + number


def test_a_run_that_finishes_in_spite_of_a_signal_has_finished() -> None:
    with starter(LISTENER, "0") as process:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    assert process.returncode == 0


def test_exit_codes_are_passed_on() -> None:
    for code, expected in {"7": 7, "-9": 137}.items():
        ending = f"import os, sys; os.kill(os.getpid(), 9) if {code} < 0 else sys.exit({code})"
        words = [sys.executable, "-c", STARTER, sys.executable, "-c", ending]
        assert subprocess.run(words, check=False).returncode == expected


def test_ctrl_c_while_modules_are_loaded_prints_no_traceback() -> None:
    interrupting = """
import os, signal, sys
class Interrupting:
    def find_spec(self, name, *_):
        if name == "rs_seg.cli":
            os.kill(os.getpid(), signal.SIGINT)
            signal.sigpending()
sys.meta_path.insert(0, Interrupting())
from rs_seg.__main__ import main
main()
"""
    ended = subprocess.run(
        [sys.executable, "-c", interrupting], capture_output=True, text=True, check=False
    )
    assert ended.returncode == -signal.SIGINT
    assert ended.stderr == ""
