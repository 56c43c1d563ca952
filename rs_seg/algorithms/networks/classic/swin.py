"""Swin-Unet: a U-Net of transformer blocks that look at shifted windows."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from timm.models.swin_transformer import SwinTransformer, SwinTransformerBlock
from torch import Tensor, nn

from rs_seg.algorithms.networks.classic.any_size import AnySizeNetwork

WIDTH = 96
"""Channels of the first stage, as published (Swin-T)."""
HEADS = (3, 6, 12, 24)
BLOCKS = 2
"""Blocks of each stage: the first windows lie side by side, the second are shifted by half of one.
"""
WINDOW = 7
PATCH = 4
SIZE = 224
"""Height and width of the published input: the deepest stage then is one window, and never shifts
it."""
DROPPED_PATHS = 0.1
"""Share of blocks skipped in training in the deepest stage; it grows linearly towards it (Huang et
al. 2016)."""


class SwinUnet(AnySizeNetwork):
    """Swin-T down, its mirror image up.

    Patches are merged on the way down and expanded on the way up.

    The paper takes 224 pixels, for which all windows come out even. Here every block fills its last
    windows with zeros where they do not, as Swin does where it detects objects, so that tiles of
    any size pass; tiles in multiples of 224 lose nothing to it. Source: Cao et al. 2021.
    """

    def __init__(self, *, band_count: int, class_count: int, width: int = WIDTH) -> None:
        super().__init__()
        assert width % HEADS[0] == 0, "every head has as many channels"
        self.encoder = SwinTransformer(
            img_size=SIZE,
            patch_size=PATCH,
            in_chans=band_count,
            num_classes=0,
            embed_dim=width,
            depths=(BLOCKS,) * len(HEADS),
            num_heads=HEADS,
            window_size=WINDOW,
            strict_img_size=False,
            drop_path_rate=DROPPED_PATHS,
        )
        ascending = range(len(HEADS) - 2, -1, -1)
        self.expand = nn.ModuleList(PatchExpansion(width * 2 ** (stage + 1)) for stage in ascending)
        self.join = nn.ModuleList(
            nn.Linear(width * 2 ** (stage + 1), width * 2**stage) for stage in ascending
        )
        self.up = nn.ModuleList(_blocks(stage, width) for stage in ascending)
        self.norm = nn.LayerNorm(width)
        self.enlarge = PatchExpansion(width, factor=PATCH)
        self.score = nn.Conv2d(width, class_count, 1, bias=False)
        for part in (self.expand, self.join, self.up, self.enlarge):
            part.apply(_initialise)
        simplify_masks(self)

    def classify(self, pixels_NBHW: Tensor) -> Tensor:
        """Logits (N, K, H, W)."""
        x_NHWC = self.encoder.patch_embed(pixels_NBHW)
        skips = []
        stages: Any = self.encoder.layers  # whose parts torch does not type
        for stage in stages:
            skips.append(stage.downsample(x_NHWC))
            x_NHWC = stage.blocks(skips[-1])
        x_NHWC = self.encoder.norm(x_NHWC)
        for expand, join, blocks, skip_NHWC in zip(
            self.expand, self.join, self.up, skips[-2::-1], strict=True
        ):
            x_NHWC = blocks(join(torch.cat([expand(x_NHWC), skip_NHWC], dim=-1)))
        x_NHWC = self.enlarge(self.norm(x_NHWC))
        logits_NKHW: Tensor = self.score(x_NHWC.permute(0, 3, 1, 2))
        return logits_NKHW

    def follow_encoder(self) -> None:
        """Let the blocks on the way up begin as those on the way down.

        The published network does so with pretrained weights.
        """
        stages: Any = self.encoder.layers
        for blocks, stage in zip(self.up, stages[-2::-1], strict=True):
            blocks.load_state_dict(stage.blocks.state_dict())


def simplify_masks(network: nn.Module) -> None:
    """Give blocks of shifted windows a mask that needs a tenth of the operations.

    It computes the same.

    timm 1.0.31 writes it in nine pieces, for every block anew, which takes the ONNX exporter
    minutes.
    """
    for block in network.modules():
        if isinstance(block, SwinTransformerBlock):
            vars(block)["get_attn_mask"] = partial(
                _shifted_mask, block.window_size, block.shift_size
            )


def _shifted_mask(window: tuple[int, int], shift: tuple[int, int], x_NHWC: Tensor) -> Tensor | None:
    """0 between positions of a window that lie side by side in the image, else -100."""
    if not any(shift):
        return None
    rows, columns = (
        _parts(x_NHWC.shape[axis + 1], window[axis], shift[axis], x_NHWC.device)
        for axis in range(2)
    )
    parts = (
        (rows[:, :, None, None] + 3 * columns[None, None])
        .permute(0, 2, 1, 3)
        .flatten(2)
        .flatten(0, 1)
    )
    return (parts[:, None] != parts[:, :, None]).to(x_NHWC.dtype) * -100.0


def _parts(size: int, window: int, shift: int, device: torch.device) -> Tensor:
    """Which of three parts of an axis each position of each window lies in (windows, positions)."""
    places = torch.arange(size, device=device)
    return ((places >= size - window).long() + (places >= size - shift).long()).reshape(-1, window)


class PatchExpansion(nn.Module):
    """Features (N, H, W, C) spread over `factor` times the size.

    Doubled, they keep half of their channels; enlarged by more, all of them.
    """

    def __init__(self, channels: int, *, factor: int = 2) -> None:
        super().__init__()
        self.factor, self.channels = factor, channels // 2 if factor == 2 else channels
        self.expand = nn.Linear(channels, factor**2 * self.channels, bias=False)
        self.norm = nn.LayerNorm(self.channels)

    def forward(self, x_NHWC: Tensor) -> Tensor:
        """Features (N, factor H, factor W, C or C / 2)."""
        count, height, width, _ = x_NHWC.shape
        split = self.expand(x_NHWC).reshape(
            count, height, width, self.factor, self.factor, self.channels
        )
        spread_NHWC = split.permute(0, 1, 3, 2, 4, 5).reshape(
            count, self.factor * height, self.factor * width, self.channels
        )
        normalised_NHWC: Tensor = self.norm(spread_NHWC)
        return normalised_NHWC


def _blocks(stage: int, width: int) -> nn.Sequential:
    side = SIZE // PATCH // 2**stage
    last = BLOCKS * len(HEADS) - 1
    return nn.Sequential(
        *(
            SwinTransformerBlock(
                width * 2**stage,
                (side, side),
                num_heads=HEADS[stage],
                window_size=WINDOW,
                shift_size=WINDOW // 2 * (number % 2),
                dynamic_mask=True,  # for tiles of any size
                drop_path=DROPPED_PATHS * (BLOCKS * stage + number) / last,
            )
            for number in range(BLOCKS)
        )
    )


def _initialise(layer: nn.Module) -> None:
    if isinstance(layer, nn.Linear):
        nn.init.trunc_normal_(layer.weight, std=0.02)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
