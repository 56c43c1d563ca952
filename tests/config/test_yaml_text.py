"""Configuration files of any bytes end in values or in one paragraph of what is wrong."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rs_seg.config import check_yaml_files, load_config, load_scene_files, parse_config
from rs_seg.config.yaml_text import LOADER, read_yaml
from rs_seg.errors import UserError, UserErrors
from tests.config.test_load import MINIMAL, changed

VALID = yaml.safe_dump(MINIMAL).encode()
TOKENS = [
    *(
        "scenes",
        "models",
        "label",
        "sources",
        "a",
        "{",
        "}",
        "[",
        "]",
        ": ",
        "- ",
        "\n",
        "  ",
        "&a ",
        "*a",
        "<<: *a",
    ),
    *(
        "1",
        "null",
        "~",
        "!!int ",
        "!!timestamp ",
        "2001-13-45",
        ".inf",
        '"',
        "'",
        "|\n",
        "? ",
        "\0",
        "ü",
        "---\n",
    ),
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
    text = (
        "title: a\nlabel:\n  path: x\n  rename:\n    '1': a\n    '1': b\n"
        "scenes:\n- {name: a, name: b}\ntitle: b\n"
    )
    said = faults(write(tmp_path, text))
    assert "key title: key 'title' is given twice. Found: lines 1 and 9." in said
    assert "key label.rename.1: key '1' is given twice. Found: lines 5 and 6." in said
    assert "key scenes.0.name: key 'name' is given twice. Found: lines 8 and 8." in said
    assert said.startswith("3 faults")


def test_anchors_and_merge_keys_may_be_overruled(tmp_path: Path) -> None:
    text = (
        "a: &x {k: 1, j: 2}\nb: &y\n  <<: *x\n  k: 3\nc:\n  <<: *y\n  <<: *x\n  j: 4\nd: [*x, *x]\n"
    )
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


@pytest.mark.parametrize(
    "text", ["a: 2001-13-45\n", "a: !!int ''\n", "a: !!timestamp x\n", "? [a]\n: 1\n", "a: [\n"]
)
def test_values_that_yaml_chokes_on_are_told(text: str, tmp_path: Path) -> None:
    assert "configuration is not valid YAML" in faults(write(tmp_path, text))


def bomb(levels: int, form: str) -> str:
    """A text whose values grow tenfold with each line."""
    lines = ["x0: &x0 {a: 1, b: 2}"]
    lines += [
        f"x{n}: &x{n} " + form.replace("@", ", ".join([f"*x{n - 1}"] * 10))
        for n in range(1, levels)
    ]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (bomb(9, "[@]"), "aliases that repeat more than 100,000 values"),
        (bomb(9, "{<<: [@]}"), "aliases that repeat more than 100,000 values"),
        (bomb(9, "{? [@] : 1}"), "aliases that repeat more than 100,000 values"),
        (
            "x0: &x0 [a]\n" + "\n".join(f"x{n}: &x{n} [*x{n - 1}]" for n in range(1, 600)),
            "nested too deeply",
        ),
        ("a: &a {b: [*a]}\n", "a value that holds itself"),
        ("a: " + "9" * 5000, "of 5000 characters"),
        ("a: 0x" + "f" * 5000, "of 5002 characters"),
        ("a: -1." + "9" * 5000 + "e+9", "characters"),
        ("a: 1" + ":59" * 5000, "characters"),
    ],
)
def test_what_has_no_use_and_no_end_is_refused_before_it_is_made(
    text: str, found: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The work is in the number of nodes as written: no value is made of them."""

    def make(self: object, node: object) -> None:
        raise AssertionError("values are made")

    monkeypatch.setattr(LOADER, "construct_document", make)
    said = faults(write(tmp_path, text))
    assert found in said
    assert len(said) < 1000


def test_some_repetition_is_what_aliases_are_for(tmp_path: Path) -> None:
    text = "a: &a [" + "1, " * 100 + "]\nb: [" + "*a, " * 900 + "]\n"
    values = read_yaml(write(tmp_path, text))
    assert isinstance(values, dict)
    assert len(values["b"]) == 900


@pytest.mark.parametrize(
    "values",
    [
        {"seed": 2**20000},
        {"seed": "9" * 5000},
        {"train": {f"k{number}": 1 for number in range(20_000)}},
        {"t" * 100_000: 1},
        {"align": {"resolution": float("inf")}},
        {"title": "a" * 100_000},
        {"scenes": [{"name": "a", "simulate": 2**20000}]},
        {"scenes": [{"name": "a" * 100_000}]},
        {"results": "a/" * 100_000},
    ],
)
def test_values_without_measure_are_told_in_short(values: dict[str, object]) -> None:
    with pytest.raises(UserError) as raised:
        parse_config({**MINIMAL, **values})
    assert (
        len(raised.value.shorten(1) if isinstance(raised.value, UserErrors) else str(raised.value))
        < 2000
    )


def test_nodata_may_be_any_number() -> None:
    source = {"path": "{scene}.tif", "bands": ["a"], "nodata": [float("-inf"), 0]}
    assert parse_config(changed(sources={"a": source})).sources["a"].nodata_values == (
        float("-inf"),
        0,
    )


@pytest.mark.parametrize("finished", ["5", "[1]", "{a: b}", "null"])
def test_names_of_finished_scenes_are_a_list(finished: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="key finished: names of finished scenes are no list"):
        load_config(write(tmp_path, VALID + f"finished: {finished}\n".encode()))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


QUICK = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


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
def test_any_yaml_is_a_configuration_or_an_error_of_the_user(
    folder: Path, tokens: list[str]
) -> None:
    load_or_explain(write(folder, "".join(tokens)))


@QUICK
@given(st.integers(0, len(VALID) - 1), st.binary(max_size=8), st.integers(0, 12))
def test_a_spoilt_configuration_is_one_or_an_error_of_the_user(
    folder: Path, start: int, new: bytes, removed: int
) -> None:
    load_or_explain(write(folder, VALID[:start] + new + VALID[start + removed :]))


PLAIN = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["", "unet", "{scene}", "\0", "1"])
)
KEYS = st.sampled_from(["name", "path", "x"])
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)


@QUICK
@given(
    st.sampled_from([*MINIMAL, "train", "align", "split", "data_root", "results", "indices"]),
    VALUES,
)
def test_any_value_of_any_section_is_valid_or_an_error_of_the_user(
    folder: Path, key: str, value: object
) -> None:
    load_or_explain(write(folder, yaml.safe_dump({**MINIMAL, key: value})))
