"""Replacements of torch's functions that keep only the paths from input to output."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  torch's own name for it
from torch.overrides import TorchFunctionMode


class Paths(TorchFunctionMode):
    """Runs torch's functions with a positive gradient along every path from input to output.

    What is not in the table runs as it is: sums, concatenation, upsampling and average pooling
    cancel nothing. Results that are replaced are one everywhere: however deep the network, products
    neither overflow nor vanish.
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
    """The same values in every channel.

    What comes next takes the one channel that they were made of: far faster.
    """
    one_channel = _unit(x)
    every = one_channel.expand(-1, channels, -1, -1)
    vars(every)["one_channel"] = one_channel
    return every


def _box(sizes: tuple[int, ...]) -> Tensor:
    return torch.full((1, 1, *sizes), 1 / math.prod(sizes), dtype=torch.float64)


def _conv2d(x: Tensor, weight: Tensor, *args: Any, **options: Any) -> Tensor:
    """The mean of each window; `args` are bias, stride, padding, dilation, groups."""
    settings = {key: value for key, value in options.items() if key not in {"bias", "groups"}}
    mean = F.conv2d(_one_channel(x), _box(weight.shape[2:]), None, *args[1:4], **settings)
    return _all_channels(mean, weight.shape[0])


def _conv_transpose2d(x: Tensor, weight: Tensor, *args: Any, **options: Any) -> Tensor:
    """`args` are bias, stride, padding, output padding, groups, dilation."""
    settings = {key: value for key, value in options.items() if key not in {"bias", "groups"}}
    groups = args[4] if len(args) > 4 else options.get("groups", 1)
    alone = (*args[1:4], 1, *args[5:]) if len(args) > 4 else args[1:4]
    spread = F.conv_transpose2d(_one_channel(x), _box(weight.shape[2:]), None, *alone, **settings)
    return _all_channels(spread, weight.shape[1] * groups)


def _linear(x: Tensor, weight: Tensor, *_: Any, **__: Any) -> Tensor:
    return _unit(x.mean(dim=-1, keepdim=True)).expand(*x.shape[:-1], weight.shape[0])


def _max_pool2d(
    x: Tensor,
    size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    *_: Any,
    **__: Any,
) -> Tensor:
    """Averages of the same windows."""
    sizes = size if isinstance(size, tuple) else (size, size)
    return _all_channels(
        F.conv2d(_one_channel(x), _box(sizes), None, stride or size, padding, dilation), x.shape[1]
    )


def _where(condition: Tensor, x: Any, y: Any) -> Tensor:
    """The sum of what may be chosen: numbers let no path through."""
    chosen = [
        _one_channel(value) for value in (x, y) if isinstance(value, Tensor) and value.ndim == 4
    ]
    if not chosen:
        plain: Tensor = torch.where(condition, x, y)
        return plain
    channels = max(
        value.shape[1]
        for value in (condition, x, y)
        if isinstance(value, Tensor) and value.ndim == 4
    )
    return _all_channels(torch.stack(chosen).sum(dim=0), channels)


def _interpolate(x: Tensor, *args: Any, **options: Any) -> Tensor:
    return _all_channels(F.interpolate(_one_channel(x), *args, **options), x.shape[1])


def _cat(tensors: list[Tensor] | tuple[Tensor, ...], dim: int = 0) -> Tensor:
    if tensors[0].ndim != 4 or dim not in {1, -3}:
        return torch.cat(tensors, dim)
    total = torch.stack([_one_channel(tensor) for tensor in tensors]).sum(dim=0)
    return _all_channels(total, sum(tensor.shape[1] for tensor in tensors))


def _add(x: Any, y: Any, **options: Any) -> Tensor:
    if not (isinstance(x, Tensor) and isinstance(y, Tensor) and x.ndim == 4 and x.shape == y.shape):
        return torch.add(x, y, **options)
    return _all_channels(_one_channel(x) + _one_channel(y), x.shape[1])


def _subtract(x: Any, y: Any, **options: Any) -> Tensor:
    """A sum where both may depend on the input: a mean taken off would cancel its pixels."""
    both = all(isinstance(value, Tensor) and value.requires_grad for value in (x, y))
    return torch.add(x, y, **options) if both else torch.sub(x, y, **options)


def _detached_rsqrt(x: Tensor) -> Tensor:
    """What spreads are divided by; the mean beside it depends on the same pixels."""
    return torch.rsqrt(x.detach())


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
    *(
        "relu",
        "relu6",
        "hardtanh",
        "leaky_relu",
        "elu",
        "selu",
        "celu",
        "gelu",
        "silu",
        "mish",
        "prelu",
        "softplus",
    ),
    "abs",
    *("sigmoid", "hardsigmoid", "hardswish", "tanh", "logsigmoid", "clamp", "dropout", "dropout2d"),
)
REPLACED: dict[str, Callable[..., Tensor]] = {
    **dict.fromkeys(NONLINEAR, _pass),
    "conv2d": _conv2d,
    "conv_transpose2d": _conv_transpose2d,
    "linear": _linear,
    "interpolate": _interpolate,
    "cat": _cat,
    "maximum": _add,
    "add": _add,
    "__add": _add,
    "__iadd": _add,
    **dict.fromkeys(("sub", "__sub", "subtract"), _subtract),
    "rsqrt": _detached_rsqrt,
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
WHOLE_TILE = {"pooling of the whole tile", "normalisation over the tile", "attention"}
"""Causes that tie an output pixel to every pixel of the tile."""
CAUSES = {
    "adaptive_avg_pool2d": "pooling of the whole tile",
    "adaptive_max_pool2d": "pooling of the whole tile",
    "group_norm": "normalisation over the tile",
    "instance_norm": "normalisation over the tile",
    "softmax": "attention",
    "scaled_dot_product_attention": "attention",
    "multi_head_attention_forward": "attention",
}
