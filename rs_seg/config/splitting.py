"""Settings of the division of labelled ground: blocks, polygons with roles, groups and folds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from rs_seg.config.section import Section
from rs_seg.values.roles import ROLE_PATTERN, fold_role, meant_role

MOST_FOLDS = 20
OF_FILE = ("path", "layer", "encoding", "crs", "override_crs")
"""Settings of groups that say how their file of polygons is read."""


def allow_auto(schema: dict[str, Any]) -> None:
    """Let the schema for editors know the word `auto`, which is replaced before validation."""
    numbers = {key: schema.pop(key) for key in ("type", "minimum", "maximum")}
    schema["anyOf"] = [numbers, {"const": "auto"}]


class AreasConfig(Section):
    """A file of polygons that say what their ground is for."""

    path: Annotated[str, Field(min_length=1)]
    """Path template under `data_root`; may be one file for all scenes, and may be the label file.
    """
    layer: str | None = None
    """Layer of a vector file; null: its only layer with geometries."""
    column: str = "role"
    """Attribute that says the role, or a number or name that `roles` knows."""
    roles: (
        dict[Annotated[str, Field(pattern=ROLE_PATTERN, max_length=64)], tuple[str | int, ...]]
        | None
    ) = None
    """Values of the attribute by role: train, validation, test, or the name of a further test set,
    such as {train: [1, 2, 5], test: [3, 4]}; other polygons are left out. null: the values are the
    roles themselves."""
    encoding: str | None = None
    """Encoding of the text of the file, where it does not say, or says it wrongly."""
    crs: str | None = None
    """CRS of files that declare none."""
    override_crs: str | None = None
    """CRS that replaces the one that the file declares, where that is wrong."""

    @field_validator("roles", mode="before")
    @classmethod
    def _fold_roles(cls, roles: object) -> object:
        return (
            {fold_role(str(role)): values for role, values in roles.items()}
            if isinstance(roles, dict)
            else roles
        )

    @model_validator(mode="after")
    def _check_roles(self) -> AreasConfig:
        given: dict[str, str] = {}
        for role, values in (self.roles or {}).items():
            meant = meant_role(role)
            if meant is not None:
                raise ValueError(f"roles has {role!r}: did you mean {meant!r}?")
            for value in map(str, values):
                if given.setdefault(value, role) != role:
                    raise ValueError(f"{value} stands for two roles, {given[value]} and {role}")
        return self


class GroupsConfig(Section):
    """What ground belongs together: tested in one fold, and never both trained on and tested."""

    by: Literal["polygon", "scene"] = "polygon"
    """Whether the groups are polygons of a vector file, or scenes."""
    column: str | None = None
    """Attribute of the polygons, or column of the scene table, with the name of the group: what has
    the same value, in any file or scene, is one group. null: each polygon, or each scene, is a
    group of its own."""
    path: Annotated[str, Field(min_length=1)] | None = None
    """Path template under `data_root` of the file of polygons; null: the label file, read as
    `label` says."""
    layer: str | None = None
    """Layer of a vector file; null: its only layer with geometries."""
    encoding: str | None = None
    """Encoding of the text of the file, where it does not say, or says it wrongly."""
    crs: str | None = None
    """CRS of files that declare none."""
    override_crs: str | None = None
    """CRS that replaces the one that the file declares, where that is wrong."""

    @model_validator(mode="after")
    def _check_file(self) -> GroupsConfig:
        given = [key for key in OF_FILE if getattr(self, key) is not None]
        if given and self.by == "scene":
            raise ValueError(
                f"groups are scenes, so {given[0]} has no effect: leave it out, or set by to "
                f"polygon"
            )
        if given and self.path is None:
            raise ValueError(f"{given[0]} is of the file of polygons, but path is missing")
        return self


class SplitConfig(Section):
    """Spatial blocks into train, validation and test."""

    areas: AreasConfig | None = None
    """Polygons that say which ground is trained on and which is tested, for scenes without a role
    that they meet; the rest of such scenes is not used. null: blocks are divided."""
    block_size: Annotated[int, Field(ge=8)] | None = None
    """Height and width of a block, in pixels of the grid; null: 256, or the largest below that
    leaves training, validation and test areas with all classes."""
    validation: Annotated[float, Field(gt=0, lt=1)] = 0.15
    """Share of labelled pixels for model selection."""
    test: Annotated[float, Field(gt=0, lt=1)] = 0.2
    """Share of labelled pixels for the final figures; with folds, one part in as many as there are
    folds."""
    folds: Annotated[int, Field(ge=1, le=MOST_FOLDS, json_schema_extra=allow_auto)] = 1
    """Number of parts of the labelled blocks (or `groups`) of which each is the test area once:
    every network becomes one per fold (unet_fold1, unet_fold2, ...), trained and selected on the
    other parts; 1: one split; auto: 5, and label polygons as groups, where labels are so few that a
    test area would hold fewer than ten of them; else 1."""
    groups: GroupsConfig | None = None
    """With folds: what is tested together, such as polygons, fields or scenes; null: blocks."""
    random_split: bool = False
    """Whether each network is trained once more on windows that are dealt to the roles at random,
    without buffers, as many as the blocks leave: `comparison.json` and the report then say what so
    leaky a split would have scored. Costs one more training of each network, and maps of the
    labelled scenes; the copies are never ranked, chosen or delivered. Not for batches."""
    buffer: Annotated[int, Field(ge=0)] | None = None
    """Pixels between areas of different roles, used by none of them; null: what is looked at around
    a pixel, which is the training window for networks, and what formulas reach for methods of
    single pixels. Less where the labelled ground is too small for that, which the log says."""
    buffer_m: Annotated[float, Field(ge=0, le=1e6)] | None = None
    """The same in metres on the ground, in place of `buffer`: for scenes of several pixel sizes, or
    a distance over which the ground is alike."""
    candidates: Annotated[int, Field(ge=1, le=100_000)] = 2000
    """Random arrangements that are compared for class shares and small loss to buffers."""
    missing_class: Literal["error", "warn"] = "warn"
    """What happens when a role lacks a class of the legend: the run stops, or the log and the
    report name it."""

    @model_validator(mode="after")
    def _check_buffer(self) -> SplitConfig:
        if self.buffer is not None and self.buffer_m is not None:
            raise ValueError(
                f"buffer is {self.buffer} pixels and buffer_m is {self.buffer_m:g} metres: give "
                f"one of them"
            )
        return self

    @model_validator(mode="after")
    def _check_groups(self) -> SplitConfig:
        if self.groups is not None and self.folds == 1:
            raise ValueError(
                "groups are dealt to folds, but folds is 1: set folds, such as 5, or leave groups "
                "out"
            )
        return self

    @model_validator(mode="after")
    def _check_random_split(self) -> SplitConfig:
        other = "folds" if self.folds > 1 else "areas" if self.areas is not None else None
        if self.random_split and other:
            raise ValueError(
                f"random_split compares one split into blocks with one at random, but {other} is "
                "set: leave one of them out"
            )
        return self

    @property
    def polygons(self) -> dict[str, str]:
        """Path template of the file of polygons with roles or groups, by its key.

        Nothing where there is none.
        """
        files = {"split.areas.path": self.areas, "split.groups.path": self.groups}
        return {
            key: own.path for key, own in files.items() if own is not None and own.path is not None
        }


def fill_groups(values: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration, in which groups of polygons have a file: by default the label file."""
    split, label = values.get("split"), values.get("label")
    groups = split.get("groups") if isinstance(split, dict) else None
    if not isinstance(split, dict) or not isinstance(groups, dict) or not isinstance(label, dict):
        return {**values}
    if groups.get("by", "polygon") != "polygon" or groups.get("path") is not None:
        return {**values}
    of_labels = {key: label[key] for key in OF_FILE if label.get(key) is not None}
    return {**values, "split": {**split, "groups": {**groups, **of_labels}}}
