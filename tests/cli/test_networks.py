from __future__ import annotations

import csv
from typing import get_args

import pytest
from typer.testing import CliRunner

from rs_seg.cli import app
from rs_seg.cli.networks import HEADINGS, REACH_HEADINGS
from rs_seg.config.architectures import Architecture
from rs_seg.errors import UserError
from rs_seg.values.series import SERIES


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["networks", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_parameters_and_operations_are_those_of_the_published_networks():
    rows = list(csv.DictReader(run("unet", "swin_unet", "--quick", "--format", "csv").splitlines()))
    assert [row["network"] for row in rows] == ["unet", "swin_unet"]
    assert int(rows[1]["parameters"]) == 27_168_612
    rows = list(
        csv.DictReader(
            run("unet", "--encoder", "resnet34", "--quick", "--format", "csv").splitlines()
        )
    )
    assert (rows[0]["encoder"], int(rows[0]["parameters"])) == ("resnet34", 24_437_094)


@pytest.mark.parametrize(
    ("network", "encoder", "parameters"),
    [
        ("segformer", "mit_b0", 3_715_686),
        ("unet", "tu-swinv2_tiny_window8_256", 31_687_504),
    ],
)
def test_encoders_that_ask_for_values_or_take_one_size_are_counted_too(
    network, encoder, parameters
):
    text = run(network, "--encoder", encoder, "--quick", "--format", "csv", "--classes", "6")
    (row,) = csv.DictReader(text.splitlines())
    assert int(row["parameters"]) == parameters
    assert float(row["GMAC per MPix"]) > 10


def test_operations_are_the_sums_of_the_layers():
    """The patch classifier by pixel: 4 x 4, 5 x 5, 4 x 4, 4 x 4, 3 x 3 windows of 48 channels.

    The last step is 200 channels to classes. A tile of 512 pixels is mirrored to 606, so that each
    layer computes a little more than the tile.
    """
    row = next(
        csv.DictReader(
            run("patch_classifier", "--quick", "--format", "csv", "--classes", "2").splitlines()
        )
    )
    sides = (603, 594, 580, 552, 512)
    products = (16 * 3 * 48, 25 * 48**2, 16 * 48**2, 16 * 48**2, 9 * 48 * 200)
    total = (
        sum(side**2 * each for side, each in zip(sides, products, strict=True)) + 512**2 * 200 * 2
    )
    assert float(row["GMAC per MPix"]) == pytest.approx(total / 512**2 / 1e3, abs=0.05)


def test_networks_of_several_dates_are_counted_with_their_dates():
    """TempCNN by pixel: three convolutions of five steps over 32 steps, two dense layers."""
    text = run("tempcnn", "fc_siam_diff", "--quick", "--format", "csv", "--classes", "6")
    tempcnn, siamese = csv.DictReader(text.splitlines())
    products = 5 * 32 * (3 * 64 + 2 * 64**2) + 64 * 32 * 256 + 256 * 6
    assert float(tempcnn["GMAC per MPix"]) == pytest.approx(products / 1e3, abs=0.05)
    assert int(siamese["parameters"]) == 1_350_726  # 580 more than published, for 6 classes, not 2


@pytest.mark.slow
def test_the_reach_of_networks_of_several_dates_is_measured_too():
    text = run("fc_siam_diff", "--format", "csv", "--classes", "2")
    (row,) = csv.DictReader(text.splitlines())
    assert (row["stride"], row["support"], row["margin of exact tiles"]) == ("16", "114", "112")
    assert row["ONNX"] == "any tile"


@pytest.mark.slow
def test_what_is_measured_is_listed_too():
    (row,) = csv.DictReader(run("hypercolumns", "--format", "csv").splitlines())
    assert list(row) == [*HEADINGS, *REACH_HEADINGS]
    assert (row["stride"], row["support"], row["margin of exact tiles"]) == ("32", "233", "224")
    assert 0 < int(row["90 % within"]) <= 233
    assert row["ONNX"] == "any tile"


def test_the_table_and_markdown_hold_the_same_words():
    for form in ("table", "markdown"):
        text = run("fpn", "--quick", "--format", form)
        for word in ("fpn", "resnet18", "13,047,878"):
            assert word in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("unett",), "unknown network.*did you mean 'unet'"),
        (("--encoder", "resnet50"), "name the networks"),
        (("segnet", "--encoder", "resnet50", "--quick"), "encoder has no effect"),
    ],
)
def test_what_cannot_be_listed_is_refused_with_a_remedy(arguments, message):
    with pytest.raises(UserError, match=f"(?s){message}"):
        run(*arguments)


def test_the_page_lists_every_network():
    from pathlib import Path

    page = (Path(__file__).parents[2] / "docs" / "networks.md").read_text(encoding="utf-8")
    listed = [line.split("|")[1].strip() for line in page.splitlines() if line.startswith("| ")]
    assert [name for name in listed if name not in ("---", "network")] == [
        *get_args(Architecture),
        *SERIES,
    ]
