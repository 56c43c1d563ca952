"""The section `data` of a configuration, written out as scenes, sources, labels and legend."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from rs_seg.config.datasets import DataConfig, read_facts

SHAPES: dict[str, type | tuple[type, ...]] = {
    "sources": Mapping,
    "label": Mapping,
    "align": Mapping,
    "protocol": Mapping,
    "split": Mapping,
    "legend": list,
    "scenes": list,
    "results": (str, Path),
}
"""What settings are that a data set joins its own to; others are not valid, and stay as they are.
"""


def fill_dataset(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a configuration, with all that follows from its data set written out.

    Values that are not valid stay as they are: whoever parses them tells all faults at once.

    Raises:
        UserError: see `expand_dataset`.
    """
    given = values.get("data")
    if given is None:
        return dict(values)
    try:
        data = DataConfig.model_validate(given)
    except ValidationError:
        return dict(values)
    # here, because few configurations name a set
    from rs_seg.scenes.datasets.expanding import expand_dataset

    odd = {
        key: values[key]
        for key, shape in SHAPES.items()
        if values.get(key) is not None and not isinstance(values[key], shape)
    }
    sound = {key: value for key, value in values.items() if key not in odd}
    return {**expand_dataset(sound, data, read_facts(data.set)), **odd}
