"""Every block of commands or settings on the pages is tried: nothing on them is out of date.

Commands of rs-seg and Snakemake are read by their own parsers, settings by the models of the
configuration, Python is compiled. What runs to its end is tested elsewhere: the demo and `init`,
`run`, `map` in tests/test_wheel.py, the examples of the library in tests/api.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import click
import pytest
import typer
import yaml
from pydantic import TypeAdapter

from rs_seg.cli.app import app
from rs_seg.config import RunConfig
from tests.workflow.project import ROOT

PAGES = sorted(
    [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "config/README.md"]
    + [path for path in (ROOT / "docs").rglob("*.md") if path.name != "configuration.md"]
)
BLOCK = re.compile(r"^(?P<indent> *)```(?P<language>\w*)[^\n]*\n(?P<text>.*?)^ *```", re.M | re.S)
COMMANDS = {"rs-seg", "snakemake", "make", "python", "python3", "pip", ".ci/run"}
"""Programs whose words are looked at."""
FREE = {
    "git": "the address of a clone is the user's",
    "source": "the shell",
    "export": "the shell",
    "cp": "the shell",
    "cd": "the shell",
    "tmux": "starts what stands behind it",
    "sbatch": "a cluster",
    "grep": "the shell",
    "apptainer": "not installed here",
    "conda": "not installed here",
    "uv": "not used by the tests",
}
"""Programs that are not looked at, and why."""


@dataclass(frozen=True)
class Block:
    page: str
    number: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}-{self.number}"


def find_blocks() -> Iterator[Block]:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for number, match in enumerate(BLOCK.finditer(text), start=1):
            indent = len(match["indent"])
            lines = [line[indent:] for line in match["text"].splitlines()]
            name = str(page.relative_to(ROOT))
            yield Block(name, number, match["language"], "\n".join(lines) + "\n")


BLOCKS = list(find_blocks())


def blocks(*languages: str) -> list[Block]:
    return [block for block in BLOCKS if block.language in languages]


def test_no_block_is_of_a_language_that_nobody_tries():
    assert {block.language for block in BLOCKS} <= {"", "yaml", "python", "text"}


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_python_can_be_compiled(block):
    if "module rs_seg:" in block.text:  # of a Snakefile: tests/workflow/test_module.py runs it
        return
    compile(block.text, str(block), "exec")


@pytest.mark.parametrize("block", blocks("yaml"), ids=str)
def test_settings_are_those_of_the_configuration(block):
    settings = yaml.safe_load(block.text)
    if not isinstance(settings, dict) or not set(settings) & set(RunConfig.model_fields):
        check_part(settings)
        return
    unknown = set(settings) - set(RunConfig.model_fields)
    assert not unknown
    for key, value in settings.items():
        field = RunConfig.model_fields[key]
        if value in ("auto", {"folds": "auto"}) or key == "scenes":
            continue
        given = any("model" in model for model in settings.get("models", {}).values())
        TypeAdapter(field.annotation).validate_python(_plain(key, value, given=given))


def check_part(settings: Any) -> None:
    """What is no part of a run's configuration must be one of another program."""
    assert isinstance(settings, dict)
    assert set(settings) & {"executor", "default-resources", "set-resources", "jobs", "gres"}, (
        settings
    )


def _plain(key: str, value: Any, *, given: bool) -> Any:
    """The value as the configuration completes it before it is checked."""
    if key == "split" and isinstance(value, dict) and value.get("folds") == "auto":
        return {**value, "folds": 1}
    if key == "sources" and given:  # bands that are not named are those of the model
        return {name: {"bands": ["red"], **source} for name, source in value.items()}
    return value


def lines_of(block: Block) -> Iterator[str]:
    joined = block.text.replace("\\\n", " ")
    for line in joined.splitlines():
        bare = line.strip().removeprefix("$ ")
        if bare and not bare.startswith("#"):
            yield bare


def is_shell(block: Block) -> bool:
    """Whether a block without a language holds commands, and no table or tree of folders."""
    first = next(lines_of(block), "")
    word = program_of(first)
    return word in COMMANDS or word in FREE


def program_of(line: str) -> str:
    words = [word for word in line.split() if not re.match(r"^[A-Z_]+=", word)]
    return words[0].rpartition("bin/")[2] if words else ""


SHELL = [block for block in blocks("") if is_shell(block)]


def test_commands_are_found_on_the_pages():
    assert len(SHELL) >= 10


@pytest.mark.parametrize("block", SHELL, ids=str)
def test_commands_are_known_with_all_their_options(block):
    for line in lines_of(block):
        program = program_of(line)
        assert program in COMMANDS or program in FREE, f"{block}: who knows {program!r}?"
        if program in COMMANDS:
            words = shlex.split(line, comments=True)
            start = next(place for place, word in enumerate(words) if word.endswith(program))
            try_command(program, words[start + 1 :])


def try_command(program: str, words: list[str]) -> None:
    if program == "rs-seg":
        parse_rs_seg(words)
    elif program == "make":
        targets = [word for word in words if "=" not in word]
        known = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
        assert set(targets) <= set(known)
    elif program == "snakemake":
        parse_snakemake(words)
    elif program.startswith("python") and words and words[0].endswith(".py"):
        assert (ROOT / words[0]).is_file()


def parse_rs_seg(words: list[str]) -> None:
    """Read the words as the program does, and do not run it."""
    command: Any = typer.main.get_command(app)
    name = "rs-seg"
    while isinstance(command, click.Group) or hasattr(command, "commands"):
        if words and words[0] == "--version":
            return
        name, command = words[0], command.get_command(None, words[0])
        words = words[1:]
    command.make_context(name, list(words))


def parse_snakemake(words: list[str]) -> None:
    from snakemake.cli import get_argument_parser  # half a second, for few blocks

    own, _, _ = " ".join(words).partition(" -- ")
    get_argument_parser(profiles=[]).parse_args(shlex.split(own))
