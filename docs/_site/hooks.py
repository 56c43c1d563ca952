"""Pages of the site that are made from other files: commands, the library, examples, the changelog.

mkdocs loads this module. What stands on these pages comes from the code at the time of building, so
that none of it can be out of date.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import typer
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

import rs_seg
from rs_seg.cli.app import app

ROOT = Path(__file__).parents[2]
ELSEWHERE = re.compile(r"\]\((?:\.\./)+((?:config/|README|CHANGELOG|docs/)[^)#]*)(#[^)]*)?\)")
"""Links to files of the repository outside of docs/, and from there into docs/."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made."""
    pages = {
        "commands.md": _describe_commands(),
        "library.md": _name_library(),
        "examples.md": _list_examples(),
        "configuring.md": (ROOT / "config/README.md").read_text(encoding="utf-8"),
        "changelog.md": (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"),
    }
    for name, path in _examples():
        pages[f"examples/{name}.md"] = _show_example(path)
    for uri, content in pages.items():
        files.append(File.generated(config, uri, content=content))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let links to files of the repository lead to their pages here."""
    del config, files
    folder = os.path.dirname(page.file.src_uri)  # noqa: PTH120  # addresses, not files

    def lead(match: re.Match[str]) -> str:
        target, anchor = _page_of(match[1]), match[2] or ""
        return f"]({os.path.relpath(target, folder or '.')}{anchor})"

    return ELSEWHERE.sub(lead, markdown)


def _page_of(path: str) -> str:
    """The page of a file of the repository."""
    if path == "config/examples/":
        return "examples.md"
    if path.startswith("config/examples/"):
        return f"examples/{Path(path).stem}.md"
    fixed = {
        "README.md": "index.md",
        "CHANGELOG.md": "changelog.md",
        "config/README.md": "configuring.md",
        "config/schema.json": "configuration.md",
    }
    return fixed.get(path, path.removeprefix("docs/"))


def _examples() -> Iterator[tuple[str, Path]]:
    for path in sorted((ROOT / "config/examples").glob("*.yaml")):
        yield path.stem, path


def _list_examples() -> str:
    rows = "\n".join(
        f"- [{name}.yaml](examples/{name}.md): {_first_line(path)}" for name, path in _examples()
    )
    told = "Whole configurations; `rs-seg share` prints the folder that holds them."
    return f"# Examples\n\n{told}\n\n{rows}\n"


def _first_line(path: Path) -> str:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    return first.removeprefix("#").strip().rstrip(".")


def _show_example(path: Path) -> str:
    return f"# {path.name}\n\n```yaml\n{path.read_text(encoding='utf-8')}```\n"


def _name_library() -> str:
    """Every public name of the library, from its docstrings."""
    parts = ["# Names of the library", "", "See [the library](api.md) for examples."]
    for name in rs_seg.__all__:
        place = "rs_seg.areas" if name == "areas" else f"{_place_of(name)}.{name}"
        heading = f"    options: {{heading: rs_seg.{name}, toc_label: {name}}}"
        parts += ["", f"::: {place}", heading]
    return "\n".join(parts) + "\n"


def _place_of(name: str) -> str:
    return str(getattr(rs_seg, name).__module__)


def _describe_commands() -> str:
    """All commands with their options, as the program itself knows them."""
    group: Any = typer.main.get_command(app)
    parts = ["# Commands", "", group.help or "", ""]
    context = click.Context(group, info_name="rs-seg")
    for name, command in _leaves(group, context):
        parts += [
            f"## {name}",
            "",
            command.help or "",
            "",
            "```text",
            _usage(command, name),
            "```",
            "",
        ]
        parts += _option_table(command, click.Context(command, info_name=name))
    return "\n".join(parts) + "\n"


def _leaves(
    group: Any, context: click.Context, before: str = "rs-seg"
) -> Iterator[tuple[str, Any]]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if hasattr(command, "list_commands"):
            yield from _leaves(command, context, f"{before} {name}")
        elif not command.hidden:
            yield f"{before} {name}", command


def _usage(command: Any, name: str) -> str:
    return " ".join([name, *command.collect_usage_pieces(click.Context(command, info_name=name))])


def _option_table(command: Any, context: click.Context) -> list[str]:
    rows = []
    for parameter in command.params:
        record = parameter.get_help_record(context)
        if record is not None:
            option, help_ = (" ".join(text.split()).replace("|", "\\|") for text in record)
            rows.append(f"| `{option}` | {help_} |")
    return ["| option | meaning |", "|---|---|", *rows, ""] if rows else []
