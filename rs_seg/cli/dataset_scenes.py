"""The scenes of a public data set, for the scene table that `rs-seg scenes` makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rs_seg.cli.model_settings import fill_from_models
from rs_seg.cli.public_data import fill_dataset
from rs_seg.errors import UserError
from rs_seg.scenes.datasets.rows import LABEL_FILE

Values = dict[str, str]


class DatasetScene(NamedTuple):
    """A scene: what the table says of it, and the columns with its files.

    The files stay out of the table: the run finds them again.
    """

    said: Values
    files: Values


def complete(values: Mapping[str, Any], *, listed: list[dict[str, Any]]) -> dict[str, Any]:
    """The values of a configuration with those of its data set, whose rows are put into `listed`.

    Its scenes stay as they are given.

    Raises:
        UserError: see `expand_dataset`.
    """
    if values.get("data") is None:
        return fill_from_models(values)
    given = dict(values)
    scenes = given.pop("scenes", None)
    filled = fill_dataset(given)
    listed += filled.get("scenes") or []
    return fill_from_models({**filled, "scenes": scenes})


def describe_set(rows: Sequence[Mapping[str, Any]], *, where: Path) -> dict[str, DatasetScene]:
    """The scenes of the rows of a data set, by name.

    Raises:
        UserError: it is a set of patches.
    """
    if any(row.get("patches") is not None for row in rows):
        raise UserError(
            "a data set of patches has no table of scenes to be made",
            where=where,
            found=f"{len(rows)} sheets of patches",
            expected="a data set of images",
            remedy="run it: the table of its patches is public_data.csv of the results, made by "
            "each start",
        )
    described = {}
    for row in rows:
        labelled = bool(row["labelled"])
        said = {"labelled": str(labelled).lower(), "role": str(row.get("role") or "")}
        files = {key: str(value or "") for key, value in row["fields"].items()}
        # labels that the split does not use are not missed
        files |= {} if labelled else {LABEL_FILE: ""}
        described[str(row["name"])] = DatasetScene(said, files)
    return described
