from __future__ import annotations

import re
from typing import get_args

import pytest
import torch
from pydantic import ValidationError

from rs_seg.algorithms.networks import ARCHITECTURES, build_network
from rs_seg.algorithms.networks.classic.upsampling import Upsampling, upsampling_layer
from rs_seg.config import ConvolutionalNetwork
from rs_seg.config.architectures import UPSAMPLINGS
from rs_seg.errors import UserError

CHOICES = [
    (name, kind)
    for name, row in ARCHITECTURES.items()
    for kind in row.upsampling
    if name != "swin_unet_convolutional"
    or kind == "transposed"  # its decoder is that of unet, its encoder is large
]
PUBLISHED = {
    "nearest": ("unet", "unetplusplus", "manet", "fpn"),
    "bilinear": ("hypercolumns", "parsenet"),
}


def build(architecture: str, **changes: object) -> torch.nn.Module:
    torch.manual_seed(0)
    row = ARCHITECTURES[architecture]
    thin = (
        {"width": 2}
        if row.width
        else {"encoder": "resnet18"}
        if row.default_encoder == "resnet18"
        else {}
    )
    return build_network(architecture, bands=3, class_count=3, **{**thin, **changes}).eval()


@pytest.mark.parametrize("factor", [2, 4, 8])
def test_transposed_convolutions_of_single_channels_begin_as_bilinear_away_from_edges(
    factor,
):
    x = torch.randn(2, 5, 6, 7)
    found = upsampling_layer("transposed", 5, factor)(x)
    expected = upsampling_layer("bilinear", 5, factor)(x)
    assert found.shape == expected.shape == (2, 5, 6 * factor, 7 * factor)
    inside = (..., slice(factor, -factor), slice(factor, -factor))
    torch.testing.assert_close(found[inside], expected[inside])
    assert torch.equal(
        upsampling_layer("nearest", 5, factor)(x),
        x.repeat_interleave(factor, 2).repeat_interleave(factor, 3),
    )


@pytest.mark.parametrize("factor", [2, 3])
def test_a_bed_of_nails_has_each_value_in_the_corner_and_zero_elsewhere(factor):
    x = 1 + torch.rand(2, 3, 4, 5)
    found = upsampling_layer("bed_of_nails", 3, factor)(x)
    assert torch.equal(found[..., ::factor, ::factor], x)
    assert found.count_nonzero() == x.numel()


@pytest.mark.parametrize(("architecture", "kind"), CHOICES)
def test_every_choice_gives_logits_of_the_size_of_the_input(architecture, kind):
    with torch.inference_mode():
        logits = build(architecture, upsampling=kind)(torch.randn(1, 3, 64, 96))
    assert logits.shape == (1, 3, 64, 96)
    assert logits.isfinite().all()


def test_the_published_way_is_the_default():
    pixels = torch.randn(1, 3, 64, 96)
    for kind, names in PUBLISHED.items():
        for name in names:
            with torch.inference_mode():
                assert torch.equal(build(name, upsampling=kind)(pixels), build(name)(pixels)), name


@pytest.mark.slow
def test_the_transposed_decoder_of_a_u_net_begins_as_the_bilinear_one():
    transposed, bilinear = (build("unet", upsampling=kind) for kind in ("transposed", "bilinear"))
    tensors = {key.replace(".block.", "."): each for key, each in transposed.state_dict().items()}
    bilinear.load_state_dict(
        {key: each for key, each in tensors.items() if ".upsampling." not in key}
    )
    pixels = torch.randn(1, 3, 704, 704)
    with torch.inference_mode():
        one, other = transposed(pixels), bilinear(pixels)
    inside = (..., slice(336, -336), slice(336, -336))
    torch.testing.assert_close(one[inside], other[inside], rtol=1e-4, atol=1e-4)
    assert not torch.allclose(one, other, atol=1e-3)


def test_the_configuration_knows_the_choices():
    assert {name: row.upsampling for name, row in ARCHITECTURES.items() if row.upsampling} == {
        name: UPSAMPLINGS[name] for name in ARCHITECTURES if name in UPSAMPLINGS
    }
    assert {kind for kinds in UPSAMPLINGS.values() for kind in kinds} == set(get_args(Upsampling))


@pytest.mark.parametrize(
    ("architecture", "kind", "message"),
    [
        (
            "segnet",
            "nearest",
            "upsampling has no effect.*one of unet, unetplusplus, .*leave upsampling out",
        ),
        ("fpn", "transposed", "cannot upsample so.*one of nearest, bilinear"),
        ("fcn8s", "bed_of_nails", "cannot upsample so.*one of nearest, bilinear, transposed"),
    ],
)
def test_other_networks_refuse_it_and_say_which_take_it(architecture, kind, message):
    with torch.device("meta"), pytest.raises(UserError) as caught:
        build_network(architecture, bands=3, class_count=2, upsampling=kind)
    assert re.search(message, " ".join(str(caught.value).split())), str(caught.value)
    with pytest.raises(
        ValidationError, match=f"upsampling: {kind} has no effect on {architecture}.* one of unet"
    ):
        ConvolutionalNetwork(architecture=architecture, upsampling=kind)
