"""The text of a scene table: rows, or an error that names the line."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rs_seg.config.scene_table import read_scene_table
from rs_seg.errors import UserError
from rs_seg.io.scene_table import read_rows, write_rows
from rs_seg.values import Shard
from rs_seg.values.scene_rows import parse_flag, parse_scene_rows, trim_cell

TABLE = Path("scenes.csv")


def fault(text: str) -> str:
    with pytest.raises(UserError) as raised:
        parse_scene_rows(text, where=TABLE)
    return str(raised.value)


def test_rows_are_text_by_column() -> None:
    columns, rows = parse_scene_rows('scene,note\r\na,"b, c"\r\n\r\n"d ""e""",\r\n', where=TABLE)
    assert columns == ["scene", "note"]
    assert rows == [{"scene": "a", "note": "b, c"}, {"scene": 'd "e"', "note": ""}]


def test_typed_cells_may_be_left_out_and_others_not() -> None:
    _, rows = parse_scene_rows("scene,labelled,height\na\nb,true\n", where=TABLE)
    assert rows == [
        {"scene": "a", "labelled": "", "height": ""},
        {"scene": "b", "labelled": "true", "height": ""},
    ]
    said = fault("scene,region\na,x\nb\n")
    assert (
        "scenes.csv, line 3: row of the scene table has too few values. Found: 1 values. "
        "Expected: 2" in said
    )


def test_rows_that_are_too_long_are_listed_by_line() -> None:
    said = fault("scene,note\na,b,c\nd,e\nf,g,h,i\n")
    assert said.startswith("2 faults")
    assert (
        "scenes.csv, line 2: row of the scene table has too many values. Found: 3 values." in said
    )
    assert "scenes.csv, line 4" in said


def test_of_many_faults_some_are_listed_and_the_others_counted() -> None:
    said = fault("scene\n" + "a,b\n" * 30)
    assert "20 more rows have the wrong number of values" in said
    assert "line 12:" not in said


@pytest.mark.parametrize(("sign", "word"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
def test_another_delimiter_is_named(sign: str, word: str) -> None:
    said = fault(f"scene{sign}labelled\na{sign}true\n")
    assert f"scene table is separated by {word}" in said
    assert "Remedy: save it as CSV with commas" in said


def test_a_column_twice_is_a_fault_and_nameless_ones_are_not() -> None:
    assert "'region' as columns 2 and 4" in fault("scene,region,x,region\na,b,c,d\n")
    columns, _ = parse_scene_rows("scene,,\na,,\n", where=TABLE)
    assert columns == ["scene", "", ""]


def test_a_misspelt_head_says_what_to_rename() -> None:
    assert "Remedy: rename 'Scenes' to scene" in fault("Scenes,labelled\na,true\n")
    assert "name the column that holds" in fault("x,labelled\na,true\n")


def test_known_columns_are_known_with_blanks_and_capital_letters(tmp_path: Path) -> None:
    text = "Scene, Labelled ,HEIGHT, Width,Tile\n a , No,\t10 ,20 , 32 U\nb,TRUE,,,x\nc,,,,\n,,,,\n"
    columns, rows = parse_scene_rows(text, where=TABLE)
    assert columns == ["scene", "labelled", "height", "width", "Tile"]
    assert rows[0] == {
        "scene": "a",
        "labelled": "No",
        "height": "10",
        "width": "20",
        "Tile": "32 U",
    }
    (tmp_path / "scenes.csv").write_text(f"\ufeff{text}", encoding="utf-8")
    assert read_scene_table(tmp_path / "scenes.csv") == [
        {"name": "a", "labelled": False, "height": "10", "width": "20", "fields": {"Tile": "32 U"}},
        {"name": "b", "labelled": True, "fields": {"Tile": "x"}},
        {"name": "c", "fields": {"Tile": ""}},
    ]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("true", True),
        ("Yes", True),
        ("1", True),
        ("FALSE", False),
        ("no", False),
        ("0", False),
        ("nein", None),
    ],
)
def test_flags_are_words_of_truth_in_any_letters(text: str, meant: bool | None) -> None:
    assert parse_flag(text) is meant


def test_a_scene_neither_labelled_nor_not_is_told_by_its_line() -> None:
    said = fault("scene,labelled\na,true\nb,maybe\nc,2\n")
    assert (
        "line 3, column labelled: nothing says whether the scene 'b' is labelled. Found: 'maybe'."
        in said
    )
    assert "line 4" in said
    assert "20 more rows are neither" in fault("scene,labelled\n" + "a,x\n" * 30)


def test_a_column_twice_but_for_its_letters_is_a_fault() -> None:
    assert "'scene' as columns 1 and 2" in fault("scene,SCENE\na,b\n")


def test_semicolons_after_a_byte_order_mark_are_named(tmp_path: Path) -> None:
    path = tmp_path / "scenes.csv"
    path.write_bytes(b"\xef\xbb\xbfScene;labelled\r\na;true\r\n")
    with pytest.raises(UserError, match="separated by semicolons"):
        read_scene_table(path)


def test_fields_beyond_all_measure_are_told() -> None:
    assert "scene table is not valid CSV" in fault("scene\n" + "a" * 200_000)


@pytest.mark.parametrize("read", [read_scene_table, read_rows])
def test_cp1252_and_utf16_are_told_with_their_line(read, tmp_path: Path) -> None:
    path = tmp_path / "scenes.csv"
    path.write_bytes("scene\nNord\nSüd\n".encode("cp1252"))
    with pytest.raises(
        UserError, match=r"scenes\.csv, line 3: scene table is not text in UTF-8.*byte 0xfc.*'.*Süd"
    ):
        read(path)
    path.write_bytes("scene\nNord\n".encode("utf-16"))
    with pytest.raises(UserError, match="UTF-16"):
        read(path)
    path.write_bytes(b"scene\nNo\0rd\n")
    with pytest.raises(UserError, match=r"line 2.*zero byte"):
        read(path)


def test_an_empty_table_is_told(tmp_path: Path) -> None:
    (tmp_path / "scenes.csv").touch()
    with pytest.raises(UserError, match="scene table is empty"):
        read_scene_table(tmp_path / "scenes.csv")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tables")


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.binary(max_size=80)
    | st.lists(st.sampled_from(["scene", ",", "\n", '"', "a", ";", "\r"])).map("".join)
)
@example(b'scene\n"')
def test_any_bytes_are_a_table_or_an_error_of_the_user(folder: Path, content: bytes | str) -> None:
    path = folder / "scenes.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    for read in (read_scene_table, read_rows):
        with suppress(UserError):
            read(path)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=20) | st.from_regex(r"\d+-of-\d+"))
@example("9" * 5000 + "-of-" + "9" * 5000)
def test_any_text_is_a_shard_or_an_error_of_the_user(text: str) -> None:
    with suppress(UserError):
        shard = Shard.parse(text)
        assert 1 <= shard.index <= shard.count


CELLS = st.text(max_size=6) | st.from_regex(r"'*[=+@-]\w?", fullmatch=True)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(CELLS, min_size=2, max_size=2).filter(any))
@example(["'=a", "''=a"])
@example(["=cmd|' /C calc'!A0", "-5"])
def test_what_is_written_is_read_as_it_was(folder: Path, cells: list[str]) -> None:
    """But for what has no place in a table: control characters, and blanks around a text."""
    cells = [trim_cell("".join(sign for sign in cell if sign.isprintable())) for cell in cells]
    write_rows(
        folder / "written.csv", ["scene", "x"], [dict(zip(["scene", "x"], cells, strict=True))]
    )
    rows = read_rows(folder / "written.csv")[1]
    assert [list(row.values()) for row in rows] == ([cells] if any(cells) else [])
