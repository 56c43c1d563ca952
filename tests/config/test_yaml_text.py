"""Configuration files as people write them: whatever their bytes are, values or one paragraph of what is wrong."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rs_seg.config import check_yaml_files, load_config, load_scene_files
from rs_seg.config.yaml_text import read_yaml
from rs_seg.errors import UserError
from tests.config.test_load import MINIMAL

VALID = yaml.safe_dump(MINIMAL).encode()
TOKENS = [
    *("scenes", "networks", "label", "sources", "a", "{", "}", "[", "]", ": ", "- ", "\n", "  ", "&a ", "*a", "<<: *a"),
    *("1", "null", "~", "!!int ", "!!timestamp ", "2001-13-45", ".inf", '"', "'", "|\n", "? ", "\0", "ü", "---\n"),
]


def write(folder: Path, content: str | bytes) -> Path:
    path = folder / "config.yaml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def faults(path: Path) -> str:
    with pytest.raises(UserError) as raised:
        read_yaml(path)
    return str(raised.value)


def test_keys_given_twice_are_faults_at_any_depth(tmp_path: Path) -> None:
    text = "title: a\nlabel:\n  path: x\n  rename:\n    '1': a\n    '1': b\nscenes:\n- {name: a, name: b}\ntitle: b\n"
    said = faults(write(tmp_path, text))
    assert "key title: key 'title' is given twice. Found: lines 1 and 9." in said
    assert "key label.rename.1: key '1' is given twice. Found: lines 5 and 6." in said
    assert "key scenes.0.name: key 'name' is given twice. Found: lines 8 and 8." in said
    assert said.startswith("3 faults")


def test_anchors_and_merge_keys_may_be_overruled(tmp_path: Path) -> None:
    text = "a: &x {k: 1, j: 2}\nb: &y\n  <<: *x\n  k: 3\nc:\n  <<: *y\n  <<: *x\n  j: 4\nd: [*x, *x]\n"
    expected = yaml.safe_load(text)
    assert expected["b"] == {"k": 3, "j": 2}
    assert read_yaml(write(tmp_path, text)) == expected


def test_numbers_and_texts_are_different_keys(tmp_path: Path) -> None:
    assert read_yaml(write(tmp_path, "1: a\n'1': b\n")) == {1: "a", "1": "b"}


def test_files_that_snakemake_loads_are_checked_together(tmp_path: Path) -> None:
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_text("a: 1\na: 2\n", encoding="utf-8")
    second.write_text("b: 1\nb: 2\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"(?s)2 faults.*a\.yaml.*b\.yaml"):
        check_yaml_files([first, second])
    check_yaml_files([])


@pytest.mark.parametrize("read", [load_config, load_scene_files])
def test_latin_1_is_told_with_line_and_remedy(read, tmp_path: Path) -> None:
    with pytest.raises(UserError) as raised:
        read(write(tmp_path, "seed: 1\ntitle: Dörfer im Süden\n".encode("latin-1")))
    said = str(raised.value)
    assert "config.yaml, line 2: configuration is not text in UTF-8. Found: byte 0xf6 in" in said
    assert "Dörfer" in said
    assert "Remedy: save it with the encoding UTF-8" in said


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    assert read_yaml(write(tmp_path, b"\xef\xbb\xbfseed: 1\n")) == {"seed": 1}


def test_utf_16_is_named(tmp_path: Path) -> None:
    assert "UTF-16" in faults(write(tmp_path, "seed: 1\n".encode("utf-16")))


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 5000 + "a", "{a: " * 3000 + "}" * 3000])
def test_what_would_end_the_process_is_too_deep(text: str, tmp_path: Path) -> None:
    assert "nested too deeply" in faults(write(tmp_path, text))


@pytest.mark.parametrize("text", ["a: 2001-13-45\n", "a: !!int ''\n", "a: !!timestamp x\n", "? [a]\n: 1\n", "a: [\n"])
def test_values_that_yaml_chokes_on_are_told(text: str, tmp_path: Path) -> None:
    assert "configuration is not valid YAML" in faults(write(tmp_path, text))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def load_or_explain(path: Path) -> None:
    """Any other error than one of the user fails the test."""
    with suppress(UserError):
        load_config(path)


@QUICK
@given(st.binary(max_size=200))
@example(b"\xff\xfea\x00")
@example(b"&a [*a]")
@example(b"scenes: &a [*a]\nsources: &b {x: *b}")
@example(b'scenes: "\\0"\n')
@example(b"scenes: .\n")
def test_any_bytes_are_values_or_an_error_of_the_user(folder: Path, content: bytes) -> None:
    load_or_explain(write(folder, content))


@QUICK
@given(st.lists(st.sampled_from(TOKENS), max_size=30))
def test_any_yaml_is_a_configuration_or_an_error_of_the_user(folder: Path, tokens: list[str]) -> None:
    load_or_explain(write(folder, "".join(tokens)))


@QUICK
@given(st.integers(0, len(VALID) - 1), st.binary(max_size=8), st.integers(0, 12))
def test_a_spoilt_configuration_is_one_or_an_error_of_the_user(
    folder: Path, start: int, new: bytes, removed: int
) -> None:
    load_or_explain(write(folder, VALID[:start] + new + VALID[start + removed :]))


PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["", "unet", "{scene}", "\0", "1"])
KEYS = st.sampled_from(["name", "path", "x"])
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=6
)


@QUICK
@given(st.sampled_from([*MINIMAL, "train", "align", "split", "data_root", "results", "indices"]), VALUES)
def test_any_value_of_any_section_is_valid_or_an_error_of_the_user(folder: Path, key: str, value: object) -> None:
    load_or_explain(write(folder, yaml.safe_dump({**MINIMAL, key: value})))
