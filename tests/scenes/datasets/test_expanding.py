"""data: each public set in its real layout becomes a valid configuration, nothing copied."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
import yaml

from rs_seg.cli.completing import complete_settings
from rs_seg.config import RunConfig, dump_config, parse_config
from rs_seg.config.datasets import DataConfig, DatasetFacts, list_datasets, read_facts
from rs_seg.config.patch_files import sheet_of
from rs_seg.config.yaml_text import read_yaml
from rs_seg.errors import UserError
from rs_seg.scenes.datasets.protocols import state_protocol
from tests.scenes.datasets.fabricated_sets import BUILDERS

REST: dict[str, Any] = {
    "models": {"forest": {"architecture": "random_forest"}},
    "refinements": {"argmax": {"method": "argmax"}},
}
ROLES = {
    "vaihingen": {"area1": "train", "area2": "test", "area3": "train"},
    "potsdam": {
        "potsdam_2_10": "train",
        "potsdam_2_13": "mapped",
        "potsdam_4_12": "train",
        "potsdam_6_7": "train",
    },
    "inria": {
        "austin1": "test",
        "austin12": "train",
        "sfo1": "mapped",
        "tyrol-w5": "test",
        "tyrol-w6": "train",
    },
    "spacenet7": {
        "L15-0331E_13_2020_02": "drawn",
        "L15-0358E_16_2020_03": "drawn",
        "L15-0369E_99_2020_05": "mapped",
    },
    "sen12ms": {
        "ROIs1158_spring_1_p30": "test",
        "ROIs1868_summer_146_p30": "train",
        "ROIs1868_summer_147_p30": "train",
        "ROIs1868_summer_146_p202": "train",
    },
    "dfc2020": {"test_p0": "test", "validation_p0": "train", "validation_p7": "train"},
    "uavid": {
        "seq1_000000": "train",
        "seq1_000100": "train",
        "seq16_000000": "test",
        "seq21_000000": "mapped",
    },
    "landcover_ai": {"M-33-20-D-c-4-2": "drawn", "N-33-60-D-d-1-2": "drawn"},
    "landcover_ai_chips": {
        "M-33-20-D-c-4-2_0": "train",
        "M-33-20-D-c-4-2_1": "train",
        "M-33-20-D-c-4-2_2": "validation",
        "M-33-20-D-c-4-2_3": "test",
    },
    "openearthmap": {
        "lima_4": "train",
        "santa-rosa_1": "train",
        "santa-rosa_2": "test",
        "santa-rosa_3": "mapped",
    },
    "loveda": {
        "Test_Rural_4191": "mapped",
        "Train_Urban_1366": "train",
        "Train_Urban_1367": "train",
        "Val_Rural_3514": "test",
    },
    "flair1": {
        "D004_2021_Z1_NN_000001": "validation",
        "D006_2020_Z2_AA_000003": "train",
        "D012_2019_Z1_NN_000002": "test",
    },
    "sen1floods11": {
        "Bolivia_103757": "bolivia",
        "Ghana_103272": "train",
        "India_1017769": "validation",
        "Spain_2594119": "test",
    },
    "deepglobe": {"119": "drawn", "200": "mapped", "855": "drawn"},
}
"""Scenes of the fabricated sets, and what their labels are for."""


def expand(root: Any, name: str, **changes: Any) -> RunConfig:
    data = {"set": name, "root": str(root), **changes.pop("data", {})}
    values = {"data": data, "results": f"{root}_results", **REST, **changes}
    return parse_config(values, complete=complete_settings)


def roles_of(run: RunConfig) -> dict[str, str]:
    """What the labels of scenes, or of patches, are for, as the scene table says."""
    roles = {}
    for scene in run.scenes:
        if scene.patches is None:
            roles[scene.name] = (scene.role or "drawn") if scene.labelled else "mapped"
            continue
        for row in scene.patches.read():
            is_used = row["labelled"] == "true"
            roles[row["scene"]] = (row["role"] or "drawn") if is_used else "mapped"
    return roles


def files_of(run: RunConfig) -> list[Path]:
    """All raw files of a run."""
    files = []
    for scene in run.scenes:
        sheet = sheet_of(run, scene)
        if sheet is not None:
            files += [Path(text) for patch in sheet.patches for text in patch.texts]
        else:
            files += run.source_paths(scene) + ([run.label_path(scene)] if scene.labelled else [])
    return files


def test_every_set_whose_facts_are_shipped_is_tried() -> None:
    assert list_datasets() == sorted(BUILDERS) == sorted(ROLES)
    for name in list_datasets():
        assert read_facts(name).name == name


@pytest.mark.parametrize("name", sorted(BUILDERS))
def test_a_set_gives_scenes_roles_files_and_a_valid_configuration(name, tmp_path) -> None:
    BUILDERS[name](tmp_path)
    run = expand(tmp_path, name)
    assert roles_of(run) == ROLES[name]
    files = files_of(run)
    labels = [role for role in ROLES[name].values() if role != "mapped"]
    assert len(files) == len(ROLES[name]) * len(run.sources) + len(labels)
    assert all(path.is_file() for path in files)
    assert run.align.ungeoreferenced == ("error" if read_facts(name).place else "pixels")
    assert run.data is not None
    assert run.title == read_facts(name).title


@pytest.mark.parametrize("name", ["potsdam", "spacenet7", "sen1floods11", "loveda"])
def test_a_resolved_configuration_loads_again_without_the_folder(name, tmp_path) -> None:
    BUILDERS[name](tmp_path / "set")
    run = expand(tmp_path / "set", name)
    (tmp_path / "config.yaml").write_text(dump_config(run), encoding="utf-8")
    (tmp_path / "set").rename(tmp_path / "gone")
    values = read_yaml(tmp_path / "config.yaml")
    assert parse_config(values, complete=complete_settings) == run


def test_variants_choose_files_and_padded_numbers_meet_plain_ones(tmp_path) -> None:
    BUILDERS["potsdam"](tmp_path)
    variant = {"height": "absolute", "labels": "full"}
    run = expand(tmp_path, "potsdam", data={"variant": variant})
    assert run.bands == ("nir", "red", "green", "dsm")
    paths = run.source_paths(run.scene("potsdam_2_10"))
    assert [path.name for path in paths] == ["top_potsdam_2_10_IRRG.tif", "dsm_potsdam_02_10.tif"]
    label = run.label_path(run.scene("potsdam_2_10"))
    assert label.name == "top_potsdam_2_10_label.tif"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"set": "potsdan"}, "did you mean 'potsdam'"),
        ({"variant": {"image": "irgb"}}, "one of irrg, rgb, rgbir"),
        ({"variant": {"dsm": "absolute"}}, "unknown variant 'dsm'"),
        ({"variant": {"image": "rgb"}}, "no scene of the data set with a file of every source"),
        ({"split": "offical"}, "did you mean 'official'"),
        ({"leave_out": ["potsdam_7_10"]}, "the data set has no scene 'potsdam_7_10'"),
        ({"root": "nowhere"}, "folder of the data set is missing"),
        ({"sett": "potsdam"}, "unknown key 'sett'"),
    ],
)
def test_a_mistake_in_data_is_told_with_what_there_is(data, words, tmp_path) -> None:
    BUILDERS["potsdam"](tmp_path)
    with pytest.raises(UserError) as raised:
        expand(tmp_path, "potsdam", data=data)
    assert words in str(raised.value)


def test_scenes_are_left_out_and_the_user_says_roles(tmp_path) -> None:
    BUILDERS["inria"](tmp_path)
    run = expand(tmp_path, "inria", data={"leave_out": ["tyrol-w*", "sfo1"]})
    assert roles_of(run) == {"austin1": "test", "austin12": "train"}
    own = [{"name": "austin1", "role": "train"}, "tyrol-w6"]
    run = expand(tmp_path, "inria", scenes=own, data={"split": "none"})
    assert roles_of(run) == {"austin1": "train", "tyrol-w6": "drawn"}
    own = ["austin1", {"name": "austin12", "labelled": False}, "tyrol-w6"]
    run = expand(tmp_path, "inria", scenes=own)
    assert roles_of(run) == {"austin1": "test", "austin12": "mapped", "tyrol-w6": "train"}
    with pytest.raises(UserError, match="no scene 'austin3'"):
        expand(tmp_path, "inria", scenes=["austin3"])


def test_what_the_user_gives_goes_before_the_facts(tmp_path) -> None:
    BUILDERS["potsdam"](tmp_path)
    legend = [
        {"code": 7, "name": "building", "color": "#aa0000"},
        {"code": 9, "name": "tree", "color": "#00aa00"},
    ]
    run = expand(
        tmp_path,
        "potsdam",
        title="Houses",
        legend=legend,
        sources={"image": {"nodata": 0}, "dem": {"path": "dem.tif", "bands": ["dem"]}},
    )
    assert run.title == "Houses"
    assert run.sources["image"].nodata == 0
    assert run.bands == ("nir", "red", "green", "dem")
    assert run.label.colors == {"#0000ff": "building", "#00ff00": "tree"}
    assert set(run.label.unlabelled) == {"#000000", "#ffffff", "#00ffff", "#ffff00", "#ff0000"}


def test_codes_of_classes_that_the_legend_lacks_are_unlabelled(tmp_path) -> None:
    BUILDERS["sen12ms"](tmp_path)
    legend = [
        {"code": 1, "name": "water", "color": "#0000ff"},
        {"code": 2, "name": "forest", "color": "#009900"},
    ]
    run = expand(tmp_path, "sen12ms", legend=legend)
    assert run.label.rename == {**dict.fromkeys("12345", "forest"), "17": "water"}
    assert set(run.label.unlabelled) == {0, *range(6, 17)}
    assert run.label.band == 1


def test_a_list_that_is_missing_is_said_and_blocks_are_drawn(tmp_path, caplog) -> None:
    BUILDERS["sen12ms"](tmp_path)
    (tmp_path / "SEN12MS_holdOutScenes.txt").unlink()
    with caplog.at_level(logging.WARNING):
        run = expand(tmp_path, "sen12ms")
    assert set(roles_of(run).values()) == {"drawn"}
    assert "the list of the split" in caplog.text
    assert "blocks are drawn" in caplog.text


def test_a_set_without_an_official_split_says_so(tmp_path, caplog) -> None:
    BUILDERS["deepglobe"](tmp_path)
    expand(tmp_path, "deepglobe")
    assert "no official split of labelled images: blocks are drawn" in caplog.text
    assert "1 scenes have no label file; they are only mapped: 200" in caplog.text
    caplog.clear()
    expand(tmp_path, "deepglobe", data={"split": "none"})
    assert "blocks are drawn" not in caplog.text


def test_all_months_of_a_place_are_mapped_and_one_is_labelled(tmp_path) -> None:
    BUILDERS["spacenet7"](tmp_path)
    run = expand(tmp_path, "spacenet7", data={"variant": {"dates": "all"}})
    assert [scene.name for scene in run.labelled_scenes] == [
        "L15-0331E_13_2020_02",
        "L15-0358E_16_2020_03",
    ]
    assert "L15-0331E_13_2020_01" in {scene.name for scene in run.scenes}
    assert run.scene("L15-0331E_13_2020_01").fields["date"] == "2020-01"
    compared = expand(
        tmp_path, "spacenet7", data={"variant": {"dates": "all"}}, change={"by": "place"}
    )
    assert len(compared.change_pairs) == 1


def test_a_scene_without_a_file_of_a_source_is_left_out_and_said(tmp_path, caplog) -> None:
    BUILDERS["potsdam"](tmp_path)
    (tmp_path / "1_DSM" / "dsm_potsdam_04_12.tif").unlink()
    run = expand(tmp_path, "potsdam", data={"variant": {"height": "absolute"}})
    assert "potsdam_4_12" not in {scene.name for scene in run.scenes}
    assert "1 scenes lack a file of a source and are left out: potsdam_4_12" in caplog.text
    sources = {"height": {"optional": True}}
    run = expand(tmp_path, "potsdam", data={"variant": {"height": "absolute"}}, sources=sources)
    assert run.scene("potsdam_4_12").fields["height_file"] == ""
    values = {**REST, **yaml.safe_load(dump_config(run))}
    (tmp_path / "3_Ortho_IRRG").rename(tmp_path / "gone")
    assert parse_config(values, complete=complete_settings) == run


def test_facts_of_ones_own_are_a_file(tmp_path) -> None:
    BUILDERS["landcover_ai"](tmp_path)
    shipped = read_facts("landcover_ai").model_dump(mode="json", exclude_none=True)
    own = tmp_path / "own.yaml"
    own.write_text(yaml.safe_dump({**shipped, "name": "own"}), encoding="utf-8")
    run = expand(tmp_path, str(own))
    assert len(run.labelled_scenes) == 2
    own.write_text("name: own\n", encoding="utf-8")
    read_facts.cache_clear()
    with pytest.raises(UserError, match="facts of a data set are not valid"):
        expand(tmp_path, str(own))
    cloudy = {"source": "height", "clouds": True, "paths": r"(?P<ortho>[^/]+)_c\.tif"}
    layers = {**shipped["layers"], "clouds": cloudy}
    own.write_text(yaml.safe_dump({**shipped, "layers": layers}), encoding="utf-8")
    read_facts.cache_clear()
    with pytest.raises(UserError, match="clouds of a source that it does not have"):
        expand(tmp_path, str(own))
    with pytest.raises(UserError, match="file of facts of a data set is missing"):
        expand(tmp_path, str(tmp_path / "lost.yaml"))


def protocol_of(name: str, *, tested: int = 14, **given: Any) -> dict[str, Any]:
    facts, data = read_facts(name), DataConfig(set=name, root=".", **given)
    layers = facts.choose_layers(facts.settle_variant(data.variant))
    labels = next(layer for layer in layers.values() if layer.source is None)
    names = facts.legend.class_names.names
    return state_protocol(facts, data, labels, names, tested=tested)


def test_the_protocol_of_figures_is_that_of_the_set() -> None:
    protocol = protocol_of("potsdam", leave_out=("potsdam_7_10",))
    assert protocol["split"] == "official, 14 test scenes, without potsdam_7_10"
    many = protocol_of("potsdam", leave_out=tuple(f"potsdam_{n}" for n in range(200)))
    assert many["split"].endswith("potsdam_9 and 190 more")
    assert protocol["labels"] == "eroded by a disc of 3 px"
    assert "clutter" not in protocol["classes"]
    assert len(protocol["classes"]) == 5
    assert protocol["licence"] == read_facts("potsdam").licence
    assert protocol_of("potsdam", variant={"labels": "full"})["labels"] == "full"
    assert "split" not in protocol_of("potsdam", tested=0)


def test_blocks_that_are_tested_for_lack_of_official_labels_are_not_called_official(
    tmp_path, caplog
) -> None:
    BUILDERS["potsdam"](tmp_path)
    run = expand(tmp_path, "potsdam")
    assert run.figure_protocol.split == "blocks of the scenes of the role train, seed 0"
    assert "no labelled scene here is in the test of the split" in caplog.text
    folds = expand(tmp_path, "potsdam", split={"folds": 2})
    assert folds.figure_protocol.split == "2 folds of blocks, seed 0"
    BUILDERS["inria"](tmp_path / "inria")
    official = expand(tmp_path / "inria", "inria").figure_protocol
    assert official.split == "official, 2 test scenes"


def test_the_protocol_tells_labels_that_are_read_otherwise_than_the_set_says(tmp_path) -> None:
    BUILDERS["potsdam"](tmp_path)
    facts = read_facts("potsdam")
    five = facts.legend.model_dump(mode="json")[:5]
    protocol = expand(tmp_path, "potsdam", legend=five).figure_protocol
    assert protocol.ignore == f"{facts.ignored}; ground of clutter"
    own = expand(tmp_path, "potsdam", label={"path": "{scene}.tif"}).figure_protocol
    assert own.labels == "labels of one's own"
    assert own.ignore == "pixels without a label; labels #000000"
    full = expand(tmp_path, "potsdam").figure_protocol
    assert (full.labels, full.ignore) == ("eroded by a disc of 3 px", facts.ignored)


def test_the_protocol_tells_whether_clouds_are_counted(tmp_path) -> None:
    BUILDERS["spacenet7"](tmp_path)
    told = {
        image: expand(tmp_path, "spacenet7", data={"variant": {"image": image}}).figure_protocol
        for image in ("masked", "unmasked", "cloudy")
    }
    assert told["masked"].labels == "full, without the clouds that the masked images leave out"
    assert told["unmasked"].labels == "full, without the clouds of the UDM polygons"
    assert told["cloudy"].labels == "full, with clouds"


def test_files_of_clouds_follow_their_images_and_scenes_without_one_are_told(
    tmp_path, caplog
) -> None:
    BUILDERS["spacenet7"](tmp_path)
    variant = {"image": "unmasked", "dates": "all"}
    run = expand(tmp_path, "spacenet7", data={"variant": variant})
    names = [path.name for path in run.source_paths(run.scene("L15-0331E_13_2020_02"))]
    stem = "global_monthly_2020_02_mosaic_L15-0331E_13"
    assert names == [f"{stem}.tif", f"{stem}_UDM.geojson"]
    assert run.scene("L15-0331E_13_2020_01").lacks == ("clouds of image",)
    told = "1 scenes have no file of clouds; they are taken to be clear: L15-0331E_13_2020_01"
    assert told in caplog.text
    (tmp_path / "SN7_buildings").rename(tmp_path / "gone")
    values = {**REST, **yaml.safe_load(dump_config(run))}
    assert parse_config(values, complete=complete_settings) == run


def test_a_class_that_the_labels_lack_is_refused(tmp_path) -> None:
    BUILDERS["potsdam"](tmp_path)
    legend = [
        {"code": 1, "name": "building", "color": "#aa0000"},
        {"code": 2, "name": "trees", "color": "#00aa00"},
    ]
    with pytest.raises(UserError, match=r"no class 'trees'.*did you mean 'tree'"):
        expand(tmp_path, "potsdam", legend=legend)
    colors = {"#0000ff": "building", "#00ff00": "trees"}
    label = {"colors": colors, "unlabelled": ["#000000", "#ffffff"]}
    assert expand(tmp_path, "potsdam", legend=legend, label=label).label.colors == colors


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("legend", "legend.yaml"),
        ("legend", {"building": 1}),
        ("legend", ["building", "tree"]),
        ("protocol", "official"),
        ("align", "pixels"),
        ("sources", "image.tif"),
        ("scenes", 5),
        ("results", 5),
    ],
)
def test_a_setting_of_the_wrong_shape_is_told(key, value, tmp_path) -> None:
    BUILDERS["loveda"](tmp_path)
    with pytest.raises(UserError, match=key):
        expand(tmp_path, "loveda", **{key: value})


def test_scenes_have_numbers_for_names_and_columns_that_others_lack(tmp_path) -> None:
    BUILDERS["deepglobe"](tmp_path / "deepglobe")
    own = [{"name": 119, "fields": None}, 855]
    run = expand(tmp_path / "deepglobe", "deepglobe", scenes=own)
    assert [scene.name for scene in run.scenes] == ["119", "855"]
    BUILDERS["dfc2020"](tmp_path / "dfc")
    own = [{"name": "validation_p0", "fields": {"city": "x"}}, "validation_p7", "test_p0"]
    run = expand(tmp_path / "dfc", "dfc2020", scenes=own)
    (first,) = [
        row for s in run.scenes for row in s.patches.read() if row["scene"] == "validation_p0"
    ]
    assert first["city"] == "x"


def test_folds_that_are_left_to_decide_are_none_with_an_official_test(tmp_path) -> None:
    BUILDERS["dfc2020"](tmp_path)
    run = expand(tmp_path, "dfc2020", split={"folds": "auto"})
    assert run.split.folds == 1
    assert {scene.role for scene in run.scenes} == {"train", "validation", "test"}


def test_without_labels_scenes_of_a_set_are_only_mapped(tmp_path) -> None:
    BUILDERS["potsdam"](tmp_path)
    given = {"forest": {"model": "forest.skops"}}
    run = expand(tmp_path, "potsdam", label=None, models=given)
    assert set(roles_of(run).values()) == {"mapped"}


@pytest.mark.parametrize("lines", ["", "images/a.b\nimages/c.d\n"])
def test_a_list_without_any_image_is_refused(lines, tmp_path) -> None:
    BUILDERS["landcover_ai_chips"](tmp_path)
    (tmp_path / "val.txt").write_text(lines, encoding="utf-8")
    with pytest.raises(UserError, match=r"val\.txt: list of a split names no image"):
        expand(tmp_path, "landcover_ai_chips")


def test_facts_with_a_variant_that_no_labels_are_of_are_refused() -> None:
    values = read_facts("sen12ms").model_dump(mode="json")
    values["layers"]["igbp"]["when"] = {"labels": "igbp"}
    values["variants"]["labels"] = ["igbp", "dfc"]
    with pytest.raises(ValueError, match="'labels': 'dfc'} has 0 layers of labels"):
        DatasetFacts.model_validate(values)


def test_a_split_that_leaks_says_so_in_log_and_protocol(tmp_path, caplog) -> None:
    BUILDERS["landcover_ai_chips"](tmp_path)
    expand(tmp_path, "landcover_ai_chips")
    leak = protocol_of("landcover_ai_chips")["leak"]
    assert "chips of one orthophoto" in leak
    assert leak in caplog.text
