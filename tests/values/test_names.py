"""The rule for names and paths: what is refused is told in one sentence with what to do."""

from __future__ import annotations

import subprocess
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rs_seg.config import parse_config
from rs_seg.errors import UserError
from rs_seg.values import Scene
from rs_seg.values.names import (
    LONGEST_SCENE,
    check_cluster_names,
    find_cluster_fault,
    find_path_fault,
    find_scene_fault,
    find_text_fault,
    find_twins,
)
from tests.config.test_load import MINIMAL, changed


def told(**changes: Any) -> str:
    with pytest.raises(UserError) as raised:
        parse_config(changed(**changes))
    said = str(raised.value)
    assert "Traceback" not in said
    return said


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        (".", "stands for a folder of its own"),
        ("..", "stands for a folder of its own"),
        ("../x", "it holds /"),
        ("a\\b", r"it holds \\"),
        ("a|b", r"it holds \|"),
        ("{a}", r"it holds \{"),
        (".hidden", "begins with a dot"),
        ("", "it is empty"),
        (" a", "begins or ends with a blank"),
        ("a\u00a0", "begins or ends with a blank"),
        ("a\nb", r"character 2 is \\n, a control character"),
        ("a\x1b[31m", r"character 2 is \\x1b"),
        ("a\x85b", "control character"),
        ("a\u2028b", "line end"),
        ("a\ufffeb", "control character"),
        ("\ud800", "control character"),
        ("ü" * 101, "it has 202 bytes"),
        ("x" + "ab" * 20, "its end repeats 'ab' 20 times"),
        ("<VRTDataset>", "GDAL takes what begins with <VRTDataset"),
        ("x <ogrvrtdatasource", "GDAL takes"),
    ],
)
def test_a_name_of_a_scene_that_cannot_be_a_folder_is_refused(name: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        Scene(name=name)


@pytest.mark.parametrize(
    "name", ["a b", "ü", "😀", "-x", "--x", "~", "*", "?", "a!b", "a.b", "$a_b$", "<b>", "שלום"]
)
def test_odd_names_are_names(name: str) -> None:
    assert Scene(name=name).name == name


def test_the_longest_name_leaves_room_for_what_is_written_beside_it() -> None:
    name = "".join(chr(0x400 + number) for number in range(LONGEST_SCENE // 2))
    assert find_scene_fault(name) is None
    assert len(f".{name}.json.4194304.partial".encode()) <= 255


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("a,b", "splits"),
        ("$HOME", "replaces what follows"),
        ("`id`", "runs what stands between backticks"),
        ("100%", "names of logs"),
        ('"quoted"', "at the ends"),
        ("end'", "at the ends"),
        ('it\'s "x" y', "both kinds of quotes"),
        ("a\u00a0b", "cannot be seen"),
        ("x" * 200, "it has 260 bytes"),
    ],
)
def test_a_name_that_a_job_on_a_cluster_could_not_be_told_is_refused(name: str, fault: str) -> None:
    with pytest.raises(UserError, match=fault):
        check_cluster_names(["good", name], beside=60)


@pytest.mark.parametrize(
    "name", ["it's", 'a "b" c', "a!b;", "<b> & x", "a  b", "=1+1", "--scene", "~", "שלום 😀"]
)
def test_other_odd_names_reach_a_job_on_a_cluster(name: str) -> None:
    assert find_cluster_fault(name, beside=60) is None
    # what the job reads: a shell takes the outer quotes, then Snakemake divides the word
    word = f"predict:scene={name}"
    wrapped = f'printf %s "{repr(word).replace(chr(34), chr(92) + chr(34))}"'
    script = subprocess.run(["sh", "-c", wrapped], capture_output=True, check=True).stdout
    told = subprocess.run(
        ["sh", "-c", b"printf %s " + script], capture_output=True, check=True
    ).stdout
    assert told.decode() == word


def test_names_that_differ_in_their_unicode_form_only_are_told() -> None:
    forms = [unicodedata.normalize(form, "Süd") for form in ("NFC", "NFD")]
    assert "scenes must have different names; given twice: Süd (in two Unicode forms)" in told(
        scenes=forms
    )
    assert find_twins(["Town", "town"]) == []
    assert find_twins(["b", "a", "b"]) == ["b"]


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"title": "a\x07"}, "title"),
        (
            {"legend": [{**MINIMAL["legend"][0], "name": "a\nb"}, MINIMAL["legend"][1]]},
            "legend.0.name",
        ),
        (
            {"sources": {"image": {"path": "{scene}.tif", "bands": ["a\tb"]}}},
            "sources.image.bands.0",
        ),
        ({"results": ""}, "results"),
        ({"results": "a\nb"}, "results"),
        ({"results": "x" * 300}, "results"),
        ({"results": "ab/" * 1001}, "results"),
        ({"data_root": "~/data"}, "data_root"),
        ({"data_root": " a"}, "data_root"),
        ({"data_root": "file:x"}, "data_root"),
        (
            {"sources": {"image": {"path": "<VRTDataset/{scene}", "bands": ["a"]}}},
            "sources.image.path",
        ),
        ({"refinements": {"a-b": {"method": "argmax"}}}, "refinements.a-b"),
        ({"refinements": {"a" * 65: {"method": "argmax"}}}, "refinements"),
    ],
)
def test_the_key_of_a_name_or_path_is_told(changes: dict[str, Any], key: str) -> None:
    assert key in told(**changes)


@given(st.text(max_size=70))
def test_paths_that_pass_quickly_would_pass_slowly(path: str) -> None:
    slow = find_path_fault(path + "/" + "x" * 64)
    if find_path_fault(path) is None and path:
        assert slow is None
        assert find_text_fault(path) is None


@pytest.mark.parametrize("template", ["../{scene}.tif", "/tmp/{scene}.tif", "{where}/{scene}.tif"])
def test_simulated_files_are_written_below_data_root_only(template: str) -> None:
    scenes = [{"name": "a", "simulate": 1, "fields": {"where": "x/../.."}}]
    sources = {
        "optical": {"path": template, "bands": ["a"]},
        "height": {"path": "{scene}.h.tif", "bands": ["b"]},
    }
    said = told(scenes=scenes, sources=sources, label={"path": "{scene}.gpkg"})
    assert "simulated into data_root only" in said
