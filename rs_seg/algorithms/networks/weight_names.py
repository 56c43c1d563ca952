"""Tensors of weights under the names that an encoder has for them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence

from torch import Tensor

Renaming = Callable[[Mapping[str, Tensor], Iterable[str]], dict[str, Tensor]]
"""Tensors under other names, given those of the encoder."""
WRAPPING = ("model_", "body_")
"""What segmentation-models-pytorch and timm put before the names of a network whose features they
take."""
DEEPEST = 4
"""Most parts that programs for training put before the names of an encoder."""


def canonical(name: str) -> str:
    """A name that timm's networks and their encoders share.

    `features_only` of timm 1.0 flattens `stages.0` to `stages_0`, and what wraps it puts "model."
    or "body." before.
    """
    text = name.replace(".", "_")
    while text.startswith(WRAPPING):
        text = text.partition("_")[2]
    return text


def match_names(tensors: Mapping[str, Tensor], own: Sequence[str]) -> dict[str, Tensor]:
    """The tensors of the part of a file that is most like the encoder.

    Without what stands before their names.

    Names that are also the encoder's are written as the encoder writes them.
    """
    known = {canonical(name): name for name in own}
    candidates = [dict(tensors), *(renaming(tensors, own) for renaming in RENAMINGS)]
    counts = [_count_by_prefix(names, known) for names in candidates]
    chosen = max(range(len(counts)), key=lambda index: max(counts[index].values(), default=0))
    prefix = max(counts[chosen], key=lambda text: (counts[chosen][text], -len(text)), default="")
    part = {
        name.removeprefix(prefix): value
        for name, value in candidates[chosen].items()
        if name.startswith(prefix)
    }
    return {known.get(canonical(name), name): value for name, value in part.items()}


def _count_by_prefix(names: Iterable[str], known: Container[str]) -> Counter[str]:
    """How many names are known without what stands before their first few dots."""
    counts: Counter[str] = Counter()
    for name in names:
        parts = name.split(".")
        for start in range(min(len(parts), DEEPEST + 1)):
            if canonical(".".join(parts[start:])) in known:
                counts["".join(f"{part}." for part in parts[:start])] += 1
    return counts


def _rename_efficientnet(tensors: Mapping[str, Tensor], own: Iterable[str]) -> dict[str, Tensor]:
    """EfficientNets as the package efficientnet_pytorch names them, under the names of timm."""
    if "_conv_stem.weight" not in tensors:
        return dict(tensors)
    places = [re.search(r"blocks\.(\d+)\.(\d+)\.", name) for name in own]
    blocks = list(dict.fromkeys(f"{place[1]}.{place[2]}" for place in places if place))
    renamed = {}
    for name, value in tensors.items():
        block = re.fullmatch(r"_blocks\.(\d+)\.(\w+)\.(.+)", name)
        part, _, rest = name.partition(".")
        if block is None:
            renamed[f"{EFFICIENTNET.get(part, part)}.{rest}"] = value
        elif int(block[1]) < len(blocks):
            expands = f"_blocks.{block[1]}._expand_conv.weight" in tensors
            layer = (EXPANDING_BLOCK if expands else PLAIN_BLOCK).get(block[2], block[2])
            renamed[f"blocks.{blocks[int(block[1])]}.{layer}.{block[3]}"] = value
        else:
            renamed[name] = value
    return renamed


EFFICIENTNET = {
    "_conv_stem": "conv_stem",
    "_bn0": "bn1",
    "_conv_head": "conv_head",
    "_bn1": "bn2",
    "_fc": "classifier",
}
SQUEEZE = {"_se_reduce": "se.conv_reduce", "_se_expand": "se.conv_expand"}
EXPANDING_BLOCK = {
    "_expand_conv": "conv_pw",
    "_bn0": "bn1",
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn2",
    "_project_conv": "conv_pwl",
    "_bn2": "bn3",
    **SQUEEZE,
}
PLAIN_BLOCK = {
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn1",
    "_project_conv": "conv_pw",
    "_bn2": "bn2",
    **SQUEEZE,
}
"""The first blocks have no expansion, so that their normalisations count from another layer."""


def _rename_densenet(tensors: Mapping[str, Tensor], _: Iterable[str]) -> dict[str, Tensor]:
    """Torchvision's files of DenseNet still have the names of 2017: norm.1 is norm1 now."""
    pattern = r"(denselayer\d+\.(?:norm|conv))\.([12])\."
    return {re.sub(pattern, r"\1\2.", name): value for name, value in tensors.items()}


def _move_merging(tensors: Mapping[str, Tensor], _: Iterable[str]) -> dict[str, Tensor]:
    """The authors' files of Swin under the names of timm.

    The authors merge patches at the end of a stage, timm at the start of the next one.
    """
    if not any(name.endswith("layers.0.downsample.reduction.weight") for name in tensors):
        return dict(tensors)
    return {
        re.sub(
            r"layers\.(\d+)\.downsample\.",
            lambda merging: f"layers.{int(merging[1]) + 1}.downsample.",
            name,
        ): value
        for name, value in tensors.items()
    }


RENAMINGS: tuple[Renaming, ...] = (
    _rename_efficientnet,
    _rename_densenet,
    _move_merging,
)
