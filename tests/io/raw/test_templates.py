from __future__ import annotations

from pathlib import Path

import pytest

from rs_seg.errors import UserError
from rs_seg.io.raw.templates import find_matches, placeholders


def lay(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def test_placeholders_are_named_once_in_their_order():
    assert placeholders("{year}/{scene}/{scene}_{{b}}.tif") == ["year", "scene"]


def test_values_of_all_placeholders_are_found(tmp_path):
    lay(
        tmp_path,
        "2019/a/a_b3.tif",
        "2019/b/a_b3.tif",
        "2020/ö x/ö x_b3.tif",
        "2020/c/c_b4.tif",
        "notes.txt",
    )
    found = find_matches(tmp_path, "{year}/{scene}/{scene}_b3.tif", setting="s")
    assert found == [{"year": "2019", "scene": "a"}, {"year": "2020", "scene": "ö x"}]


def test_characters_with_a_meaning_in_patterns_are_themselves(tmp_path):
    lay(tmp_path, "a+(1).tif", "a+(1)xtif", "aa(1).tif")
    assert find_matches(tmp_path, "{scene}+(1).tif", setting="s") == [{"scene": "a"}]


def test_a_value_found_in_a_folder_stands_for_itself_in_a_file_name(tmp_path):
    lay(tmp_path, "a+b/a+b.tif", "a.c/a.c.tif", "a.d/axd.tif", "(e/(e.tif")
    matches = find_matches(tmp_path, "{place}/{place}.tif", setting="s")
    assert [values["place"] for values in matches] == ["(e", "a+b", "a.c"]


def test_a_template_without_placeholders_is_one_match(tmp_path):
    assert find_matches(lay(tmp_path, "all/dem.tif"), "all/dem.tif", setting="s") == [{}]


def test_a_template_may_be_absolute(tmp_path):
    lay(tmp_path, "x/a.tif")
    assert find_matches(Path("elsewhere"), f"{tmp_path}/x/{{scene}}.tif", setting="s") == [
        {"scene": "a"}
    ]


@pytest.mark.parametrize(
    ("template", "folder", "there"),
    [
        ("{scene}/image.jp2", "one", "'image.tif'"),
        ("raw/{scene}.tif", "", "'one'"),
        ("one/image.tif/{scene}", "", "nothing"),
    ],
)
def test_an_error_shows_what_lies_where_the_template_leads_nowhere(
    template, folder, there, tmp_path
):
    lay(tmp_path, "one/image.tif")
    with pytest.raises(UserError) as raised:
        find_matches(tmp_path, template, setting="sources.image.path")
    assert all(
        each in str(raised.value)
        for each in ("sources.image.path", there, str(tmp_path / folder), template)
    )
