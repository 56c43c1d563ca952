"""Which input pixels an output pixel can depend on at all, found from the network's own forward pass."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  torch's own name for it
from torch.overrides import TorchFunctionMode

from rs_seg.algorithms.networks.table import STRIDE

LENGTHS = (512, 1024, 2048, 4096)
"""Lengths of the strips that are tried, shortest first; a support that reaches the ends of all of them is unbounded."""
NARROW = 128
"""Width of the strips: PAN halves its layer of stride 16 three times."""


@dataclass(frozen=True)
class Support:
    """The input that a network's output depends on, in pixels.

    `radius` is the largest Chebyshev distance between an output pixel and an input pixel that it depends on. `reach` is
    how far beyond an aligned block of `stride` x `stride` output pixels the input lies that the block depends on: the
    margin that aligned tiles need. Both are None where no bound was found. `causes` name the operations that may tie
    the output to the whole tile.
    """

    stride: int
    radius: int | None
    reach: int | None
    causes: tuple[str, ...]


def find_support(layers: nn.Module, bands: int) -> Support:
    """The support of layers (N, bands, H, W) -> (N, K, H, W), whatever the values of their parameters.

    The forward pass runs without cancellation: every convolution averages, every nonlinearity lets its gradient
    through, so that the gradient of an output is positive exactly where a path leads to the input. Strips that are long
    along one axis suffice, as layers are products of the two axes; both axes are looked at. Channels are not told
    apart: the support may be too large for networks whose groups of channels never mix, never too small.
    """
    twin = copy.deepcopy(layers).cpu().double().eval()
    with torch.no_grad():
        for parameter in twin.parameters():
            parameter.fill_(1.0)
    along_rows = _find_along_rows(twin, bands, transposed=False)
    if along_rows.radius is None or along_rows.reach is None:
        return along_rows
    along_columns = _find_along_rows(twin, bands, transposed=True)
    if along_columns.radius is None or along_columns.reach is None:
        return along_columns
    return Support(
        stride=max(along_rows.stride, along_columns.stride),
        radius=max(along_rows.radius, along_columns.radius),
        reach=max(along_rows.reach, along_columns.reach),
        causes=tuple(dict.fromkeys((*along_rows.causes, *along_columns.causes))),
    )


def _find_along_rows(twin: nn.Module, bands: int, *, transposed: bool) -> Support:
    for length in LENGTHS:
        strip_NBHW = torch.ones(1, bands, length, NARROW, dtype=torch.float64, requires_grad=True)
        try:
            with _Paths(length) as paths:
                out_NKHW = twin(strip_NBHW.mT).mT if transposed else twin(strip_NBHW)
        except (AssertionError, RuntimeError, ValueError) as error:  # what networks of one size refuse others with
            refusal = f"it does not take tiles of {length} x {NARROW} pixels ({' '.join(str(error).split())[:100]})"
            return Support(STRIDE, None, None, (refusal,))
        # layers with valid convolutions change sizes by other than their stride, and therefore say what it is
        stride, causes = getattr(twin, "total_stride", paths.stride), tuple(paths.causes)
        start = length // 2 // stride * stride
        first, last = _rows_behind(out_NKHW, strip_NBHW, start, start + stride)
        if first > 0 and last < length - 1:
            reach = max(start - first, last - (start + stride - 1), 0)
            ends = [(row, *_rows_behind(out_NKHW, strip_NBHW, row, row + 1)) for row in range(start, start + stride)]
            radius = max(max(row - first, last - row) for row, first, last in ends)
            return Support(stride, radius, reach, causes)
    return Support(stride, None, None, causes)


def _rows_behind(out_NKHW: Tensor, strip_NBHW: Tensor, start: int, end: int) -> tuple[int, int]:
    """First and last row of the input that the rows `start` to `end` of the output depend on."""
    (gradient,) = torch.autograd.grad(out_NKHW[:, :, start:end].sum(), strip_NBHW, retain_graph=True)
    rows = (gradient != 0).any(dim=3).any(dim=1)[0].nonzero()
    return int(rows.min()), int(rows.max())


class _Paths(TorchFunctionMode):
    """Runs torch's functions with a gradient that is positive along every path from input to output.

    What is not in the table runs as it is: sums, concatenation, upsampling and average pooling cancel nothing. Results
    that are replaced are one everywhere: however deep the network, products neither overflow nor vanish.
    """

    def __init__(self, length: int) -> None:
        super().__init__()
        self.stride = 1
        self.causes: dict[str, None] = {}
        self._length = length

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """The result of one of torch's functions, as torch's protocol has it."""
        name, options = getattr(func, "__name__", "").rstrip("_"), kwargs or {}
        if cause := _cause(name, args, options):
            self.causes[cause] = None
        run: Callable[..., Any] = REPLACED.get(name, func)
        result = run(*args, **options)
        if name in STRIDED and result.shape[-2:] != args[0].shape[-2:]:
            self.stride = max(self.stride, round(self._length / max(result.shape[-2:])))
        return result


def _cause(name: str, args: tuple[Any, ...], options: Mapping[str, Any]) -> str | None:
    if name == "interpolate":
        if options.get("align_corners"):
            return "upsampling with align_corners"
        return "pooling of the whole tile" if options.get("mode") == "area" else None
    if name == "mean" and isinstance(args[0], Tensor) and args[0].ndim == 4:
        axes = options.get("dim", args[1] if len(args) > 1 else None)
        return "pooling of the whole tile" if axes in {(2, 3), (-2, -1), (1, 2)} else None
    return CAUSES.get(name)


def _unit(x: Tensor) -> Tensor:
    """One everywhere, with the gradient of x."""
    return 1 + (x - x.detach())


def _one_channel(x: Tensor) -> Tensor:
    stored: Tensor | None = getattr(x, "one_channel", None)
    return x.mean(dim=1, keepdim=True) if stored is None else stored


def _all_channels(x: Tensor, channels: int) -> Tensor:
    """The same values in every channel. What comes next takes the one channel that they were made of: far faster."""
    one_channel = _unit(x)
    every = one_channel.expand(-1, channels, -1, -1)
    vars(every)["one_channel"] = one_channel
    return every


def _box(sizes: tuple[int, ...]) -> Tensor:
    return torch.full((1, 1, *sizes), 1 / math.prod(sizes), dtype=torch.float64)


def _conv2d(x: Tensor, weight: Tensor, *args: Any, **options: Any) -> Tensor:
    """The mean of each window; `args` are bias, stride, padding, dilation, groups."""
    kept = {key: value for key, value in options.items() if key not in {"bias", "groups"}}
    mean = F.conv2d(_one_channel(x), _box(weight.shape[2:]), None, *args[1:4], **kept)
    return _all_channels(mean, weight.shape[0])


def _conv_transpose2d(x: Tensor, weight: Tensor, *args: Any, **options: Any) -> Tensor:
    """`args` are bias, stride, padding, output padding, groups, dilation."""
    kept = {key: value for key, value in options.items() if key not in {"bias", "groups"}}
    groups = args[4] if len(args) > 4 else options.get("groups", 1)
    alone = (*args[1:4], 1, *args[5:]) if len(args) > 4 else args[1:4]
    spread = F.conv_transpose2d(_one_channel(x), _box(weight.shape[2:]), None, *alone, **kept)
    return _all_channels(spread, weight.shape[1] * groups)


def _linear(x: Tensor, weight: Tensor, *_: Any, **__: Any) -> Tensor:
    return _unit(x.mean(dim=-1, keepdim=True)).expand(*x.shape[:-1], weight.shape[0])


def _max_pool2d(
    x: Tensor, size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, *_: Any, **__: Any
) -> Tensor:
    """Averages of the same windows."""
    sizes = size if isinstance(size, tuple) else (size, size)
    return _all_channels(F.conv2d(_one_channel(x), _box(sizes), None, stride or size, padding, dilation), x.shape[1])


def _where(condition: Tensor, x: Any, y: Any) -> Tensor:
    """The sum of what may be chosen: numbers let no path through."""
    chosen = [_one_channel(each) for each in (x, y) if isinstance(each, Tensor) and each.ndim == 4]
    if not chosen:
        plain: Tensor = torch.where(condition, x, y)
        return plain
    channels = max(each.shape[1] for each in (condition, x, y) if isinstance(each, Tensor) and each.ndim == 4)
    return _all_channels(torch.stack(chosen).sum(dim=0), channels)


def _interpolate(x: Tensor, *args: Any, **options: Any) -> Tensor:
    return _all_channels(F.interpolate(_one_channel(x), *args, **options), x.shape[1])


def _cat(tensors: list[Tensor] | tuple[Tensor, ...], dim: int = 0) -> Tensor:
    if tensors[0].ndim != 4 or dim not in {1, -3}:
        return torch.cat(tensors, dim)
    total = torch.stack([_one_channel(each) for each in tensors]).sum(dim=0)
    return _all_channels(total, sum(each.shape[1] for each in tensors))


def _add(x: Any, y: Any, **options: Any) -> Tensor:
    if not (isinstance(x, Tensor) and isinstance(y, Tensor) and x.ndim == 4 and x.shape == y.shape):
        return torch.add(x, y, **options)
    return _all_channels(_one_channel(x) + _one_channel(y), x.shape[1])


def _batch_norm(x: Tensor, *args: Any, **options: Any) -> Tensor:
    """The input itself, unless the statistics are the tile's own."""
    training = options.get("training", args[4] if len(args) > 4 else False)
    return _normalise_tile(x) if training else x


def _normalise_tile(x: Tensor, *_: Any, **__: Any) -> Tensor:
    return _all_channels(_one_channel(x) + x.mean(), x.shape[1])


def _layer_norm(x: Tensor, shape: Any, *_: Any, **__: Any) -> Tensor:
    return _unit(x + x.mean(dim=tuple(range(-len(shape), 0)), keepdim=True))


def _softmax(x: Tensor, dim: int = -1, **_: Any) -> Tensor:
    return _unit(x + x.mean(dim=dim, keepdim=True)) / x.shape[dim]


def _attention(query: Tensor, key: Tensor, value: Tensor, *_: Any, **__: Any) -> Tensor:
    context = value.mean(dim=-2, keepdim=True) + key.mean(dim=(-2, -1), keepdim=True)
    return _unit(query.mean(dim=-1, keepdim=True) + context)


def _pass(x: Tensor, *_: Any, **__: Any) -> Tensor:
    return x


NONLINEAR = (
    *("relu", "relu6", "hardtanh", "leaky_relu", "elu", "selu", "celu", "gelu", "silu", "mish", "prelu", "softplus"),
    *("sigmoid", "hardsigmoid", "hardswish", "tanh", "logsigmoid", "clamp", "dropout", "dropout2d"),
)
REPLACED: dict[str, Callable[..., Tensor]] = {
    **dict.fromkeys(NONLINEAR, _pass),
    "conv2d": _conv2d,
    "conv_transpose2d": _conv_transpose2d,
    "linear": _linear,
    "interpolate": _interpolate,
    "cat": _cat,
    "add": _add,
    "__add": _add,
    "__iadd": _add,
    "max_pool2d": _max_pool2d,
    "where": _where,
    "normalize": _pass,
    "batch_norm": _batch_norm,
    "group_norm": _normalise_tile,
    "instance_norm": _normalise_tile,
    "layer_norm": _layer_norm,
    "adaptive_max_pool2d": F.adaptive_avg_pool2d,
    "softmax": _softmax,
    "scaled_dot_product_attention": _attention,
}
STRIDED = ("conv2d", "max_pool2d", "avg_pool2d")
CAUSES = {
    "adaptive_avg_pool2d": "pooling of the whole tile",
    "adaptive_max_pool2d": "pooling of the whole tile",
    "group_norm": "normalisation over the tile",
    "instance_norm": "normalisation over the tile",
    "softmax": "attention",
    "scaled_dot_product_attention": "attention",
    "multi_head_attention_forward": "attention",
}
