"""Facts of public data sets as they are distributed: layout, labels, splits, licence."""

from __future__ import annotations

import re
from functools import cache
from itertools import product
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Self

from pydantic import (
    BeforeValidator,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from rs_seg.config.dataset_layers import Layer, Pattern, Text, Texts
from rs_seg.config.section import Section
from rs_seg.config.yaml_text import read_yaml
from rs_seg.errors import UserError, nearest_name
from rs_seg.values import Legend
from rs_seg.values.installation import share_folder
from rs_seg.values.roles import ROLE_PATTERN

NO_SPLIT = "none"
"""Name of the split that gives no roles, so that blocks are drawn."""
OFFICIAL = "official"


class DataConfig(Section):
    """A public data set as it is distributed, read where it lies."""

    set: Annotated[str, Field(min_length=1)]
    """Name of the set (`rs-seg datasets` lists them), or the path of a YAML file of facts."""
    root: Annotated[str, Field(min_length=1)]
    """Folder that the set was unpacked into."""
    variant: dict[str, str] = {}
    """Which of several files of the set are used, such as {image: rgb, labels: full}; `rs-seg
    datasets show NAME` lists what there is. Missing keys: the first one."""
    split: str = OFFICIAL
    """Which roles the scenes have: official, another split of the set, or none (blocks are drawn).
    """
    leave_out: tuple[Annotated[str, BeforeValidator(str)], ...] = ()
    """Names of scenes that the run does not use; * stands for anything."""


class ListFile(Section):
    """A text file of a set that names its scenes, one a line."""

    path: Pattern
    """As `paths` of a layer."""
    line: Pattern
    """Regular expression of a line, whose groups are those of the paths."""


class RoleRule(Section):
    """Which scenes have a role."""

    where: dict[str, Texts] = {}
    """Values of groups, all of which must agree; `scene` is the name of the scene."""
    list: ListFile | None = None
    """A file that names them."""


class SplitFacts(Section):
    """Roles of the scenes by one published split."""

    roles: dict[Annotated[str, Field(pattern=ROLE_PATTERN)], RoleRule]
    """Rules by role; the first that holds counts."""
    rest: str | None = None
    """Role of labelled scenes that no rule names; null: they are only mapped."""
    note: str | None = None
    """What a reader of figures must know."""
    leak: str | None = None
    """Why ground of one role is known to lie beside, or in, that of another."""


class KnownDefect(Section):
    """Files of the set that are known to be broken or inexact."""

    path: Pattern
    """As `paths` of a layer."""
    says: str
    """What is wrong with them, and what is done about it."""


class DatasetFacts(Section):
    """Everything that is known of a public data set before its files are seen."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    title: str
    homepage: str
    licence: str
    citation: str
    images: Annotated[int, Field(ge=1)]
    """Images of the whole set, with and without labels."""
    size: str
    """Pixels of an image, such as 6000 x 6000."""
    pixel: str
    """Pixel on the ground, such as 5 cm."""
    place: bool = True
    """Whether images lie somewhere on Earth; false: pictures on a grid of pixels."""
    patches: bool = False
    """Whether images are so many and small that several share one sheet."""
    scene: str
    """Name of a scene, of the groups of paths."""
    group: str | None = None
    """Scenes that belong together, of the groups of paths, such as patches of one orthophoto."""
    numbers: tuple[str, ...] = ()
    """Groups that are compared as numbers: 02 is 2."""
    columns: dict[str, str] = {}
    """Further columns of the scene table, of the groups of paths: for groups, or for changes."""
    last_of: tuple[str, ...] = ()
    """Groups that name one place: of its scenes, the last in order of names is labelled."""
    variants: dict[str, tuple[Text, ...]] = {}
    """Choices by name; the first of each is taken where none is named."""
    layers: dict[str, Layer]
    legend: Legend
    unlabelled: tuple[int | str, ...] = ()
    """Values or colours of labels that are not counted."""
    ignored: str | None = None
    """What is not counted, in words."""
    counted: tuple[str, ...] | None = None
    """Classes that published means are over; null: all."""
    splits: dict[str, SplitFacts] = {}
    defects: tuple[KnownDefect, ...] = ()
    notes: tuple[str, ...] = ()
    """What users of the set should know."""
    verified: str
    """What these facts were held against."""

    @field_validator("variants")
    @classmethod
    def _check_variants(cls, variants: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        empty = [name for name, values in variants.items() if not values]
        if empty:
            raise ValueError(f"variant {empty[0]!r} has no values")
        return variants

    @model_validator(mode="after")
    def _check_groups(self) -> Self:
        needed = {name for _, name, _, _ in Formatter().parse(self.scene) if name}
        for key, layer in self.layers.items():
            for path in layer.paths:
                missing = needed - re.compile(path).groupindex.keys()
                if missing:
                    raise ValueError(f"layers.{key}: {path} has no group {sorted(missing)[0]!r}")
            for name, value in layer.when.items():
                if value not in self.variants.get(name, ()):
                    raise ValueError(f"layers.{key}: there is no variant {name}: {value}")
        return self

    @model_validator(mode="after")
    def _check_choices(self) -> Self:
        for values in product(*self.variants.values()):
            variant = dict(zip(self.variants, values, strict=True))
            layers = self.choose_layers(variant).values()
            sources = {layer.source for layer in layers if layer.holds_images}
            labels = sum(layer.source is None for layer in layers)
            if labels != 1 or not sources:
                raise ValueError(f"{variant} has {labels} layers of labels, not one, or no source")
            if any(layer.source not in sources for layer in layers if layer.clouds):
                raise ValueError(f"{variant} has clouds of a source that it does not have")
        return self

    @model_validator(mode="after")
    def _check_classes(self) -> Self:
        names = self.legend.class_names.names
        coded = [name for layer in self.layers.values() for name in layer.coding.values()]
        unknown = [name for name in (*coded, *(self.counted or ())) if name not in names]
        if unknown:
            raise ValueError(f"{unknown[0]!r} is no class of the legend")
        return self

    def settle_variant(self, chosen: dict[str, str]) -> dict[str, str]:
        """The value of each variant: the chosen one, or the first.

        Raises:
            UserError: a variant or value is unknown.
        """
        for name, value in chosen.items():
            if name not in self.variants:
                raise _unknown("variant", name, self.variants, f"data.variant of {self.name}")
            if value not in self.variants[name]:
                where = f"data.variant.{name} of {self.name}"
                raise _unknown("variant", value, self.variants[name], where)
        return {name: chosen.get(name, values[0]) for name, values in self.variants.items()}

    def choose_layers(self, variant: dict[str, str]) -> dict[str, Layer]:
        """The layers that are used with a variant, by name."""
        return {
            key: layer
            for key, layer in self.layers.items()
            if all(variant[name] == value for name, value in layer.when.items())
        }

    def choose_split(self, name: str) -> SplitFacts | None:
        """The split of this name; None for none, or where there is no official one.

        Raises:
            UserError: the name is unknown.
        """
        if name not in self.splits and name not in (NO_SPLIT, OFFICIAL):
            raise _unknown("split", name, [*self.splits, NO_SPLIT], f"data.split of {self.name}")
        return None if name == NO_SPLIT else self.splits.get(name)


def facts_folder() -> Path:
    """The folder of the facts that are shipped."""
    return share_folder() / "config" / "datasets"


def list_datasets() -> list[str]:
    """Names of the public data sets whose facts are shipped, sorted."""
    return sorted(path.stem for path in facts_folder().glob("*.yaml"))


@cache
def read_facts(name: str) -> DatasetFacts:
    """The facts of a set by its name, or in a YAML file of one's own.

    Raises:
        UserError: there is no such set, or the file holds no valid facts.
    """
    own = name.endswith((".yaml", ".yml"))
    if not own and name not in list_datasets():
        raise _unknown("data set", name, list_datasets(), "data.set")
    path = Path(name) if own else facts_folder() / f"{name}.yaml"
    if not path.is_file():
        remedy = "mend data.set: its path is from the folder that the run is started in"
        raise UserError("file of facts of a data set is missing", where=path, remedy=remedy)
    try:
        return DatasetFacts.model_validate(read_yaml(path))
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        raise UserError(
            "facts of a data set are not valid",
            where=f"{path}, key {'.'.join(map(str, fault['loc']))}",
            found=fault["msg"].removeprefix("Value error, "),
            remedy="mend the file; config/datasets of the program has examples",
        ) from error


def _unknown(what: str, name: str, known: Any, where: str) -> UserError:
    nearest = nearest_name(name, known)
    return UserError(
        f"unknown {what} {name!r}",
        where=where,
        expected=f"one of {', '.join(known)}" if known else "none: there is no choice",
        remedy=f"did you mean {nearest!r}?" if nearest else "`rs-seg datasets` lists what there is",
    )
