"""What a configuration leaves to files: data sets, legend and bands of models, dates, folds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rs_seg.cli.dates import fill_dates
from rs_seg.cli.few_labels import fill_folds
from rs_seg.cli.model_settings import fill_from_models
from rs_seg.cli.public_data import fill_dataset
from rs_seg.cli.wavelengths import fill_wavelengths


def complete_settings(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a configuration, with all that takes a look at files written out.

    Raises:
        UserError: see `fill_dataset`, `fill_from_models`, `fill_dates`, `fill_wavelengths` and
            `fill_folds`.
    """
    filled = fill_dates(fill_from_models(fill_dataset(values)))
    return fill_folds(fill_wavelengths(filled))
