from __future__ import annotations

import pytest
import torch

from rs_seg.algorithms.networks import build_network
from rs_seg.algorithms.networks.classic.swin import PatchExpansion, SwinUnet, simplify_masks
from rs_seg.algorithms.networks.support import Support, find_support
from rs_seg.config import ConvolutionalNetwork
from rs_seg.errors import UserError

WIDTH = 6


def thin() -> SwinUnet:
    torch.manual_seed(0)
    return SwinUnet(band_count=3, class_count=2, width=WIDTH).eval()


def test_a_patch_becomes_four_of_half_the_channels_and_loses_its_place_to_none():
    expansion = PatchExpansion(8)
    x = torch.zeros(1, 3, 5, 8)
    x[0, 1, 2] = torch.randn(8)
    out = expansion(x)
    assert out.shape == (1, 6, 10, 4)
    places = out.abs().sum(dim=-1)[0].nonzero().tolist()
    assert places == [[2, 4], [2, 5], [3, 4], [3, 5]]


def test_the_deepest_stage_is_one_window_at_224_pixels_and_never_shifts():
    network = thin()
    shifts = [[block.shift_size[0] for block in stage.blocks] for stage in network.encoder.layers]
    assert shifts == [[0, 3], [0, 3], [0, 3], [0, 0]]
    assert [[block.shift_size[0] for block in stage] for stage in network.up] == [[0, 3]] * 3


def test_a_tile_that_windows_do_not_fill_gives_what_zeros_around_it_cannot_change():
    """A change in the last window is seen in its own window, not in the first.

    Windows of the first stage are 28 pixels.
    """
    network = thin()
    pixels = torch.randn(1, 3, 64, 64)
    changed = pixels.clone()
    changed[..., 63, 63] += 5
    with torch.inference_mode():
        difference = (network(changed) - network(pixels)).abs()
    assert difference[..., 56:, 56:].max() > 0
    assert difference.isfinite().all()


@pytest.mark.parametrize(("height", "width"), [(14, 21), (7, 7), (28, 7)])
def test_masks_are_those_of_timm(height, width):
    from timm.models.swin_transformer import SwinTransformerBlock

    block = SwinTransformerBlock(
        6, (14, 14), num_heads=3, window_size=7, shift_size=3, dynamic_mask=True
    )
    tile = torch.zeros(1, height, width, 6)
    expected = block.get_attn_mask(tile)
    simplify_masks(block)
    assert torch.equal(block.get_attn_mask(tile), expected)
    assert expected.any()


@pytest.mark.parametrize("authors", [False, True])
def test_weights_of_swin_t_are_taken_under_both_names_and_start_the_way_up(authors, tmp_path):
    from timm.models.swin_transformer import SwinTransformer

    torch.manual_seed(3)
    source = SwinTransformer(embed_dim=96, depths=(2, 2, 6, 2), num_heads=(3, 6, 12, 24))
    tensors = dict(source.state_dict())
    if authors:
        for stage in (1, 2, 3):
            for key in [key for key in tensors if key.startswith(f"layers.{stage}.downsample")]:
                tensors[key.replace(f"layers.{stage}", f"layers.{stage - 1}")] = tensors.pop(key)
    torch.save({"model": tensors} if authors else tensors, tmp_path / "swin.pth")
    network = build_network("swin_unet", bands=4, class_count=2, weights=str(tmp_path / "swin.pth"))
    own, expected = network.get_submodule("encoder"), source.state_dict()
    assert torch.equal(
        own.layers[2].downsample.reduction.weight, expected["layers.2.downsample.reduction.weight"]
    )
    torch.testing.assert_close(
        own.patch_embed.proj.weight.sum(dim=1), expected["patch_embed.proj.weight"].sum(dim=1)
    )
    for key, value in network.up[0].state_dict().items():
        assert torch.equal(value, expected[f"layers.2.blocks.{key}"])


def test_widths_that_heads_cannot_share_are_refused():
    with pytest.raises(UserError, match="a multiple of 3"):
        build_network("swin_unet", bands=3, class_count=2, width=4)
    with pytest.raises(ValueError, match="width: 4 of swin_unet is no multiple of 3"):
        ConvolutionalNetwork(architecture="swin_unet", width=4)


def test_the_convolutional_path_takes_swin_encoders_only():
    with pytest.raises(UserError, match="swin_unet_convolutional with encoder resnet18"):
        build_network("swin_unet_convolutional", encoder="resnet18", bands=3, class_count=2)


def test_the_convolutional_path_has_the_stride_of_its_encoder():
    network = build_network("swin_unet_convolutional", bands=3, class_count=2)
    assert find_support(network, 3) == Support(32, None, None, ("attention",))
