"""Kinds of files of a public data set: images of a source, its clouds, labels."""

from __future__ import annotations

import re
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from rs_seg.config.data import Clouds, LabelConfig, Source
from rs_seg.config.section import Section


def _check_pattern(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
    return pattern


Pattern = Annotated[str, Field(min_length=1), AfterValidator(_check_pattern)]
Text = Annotated[str, BeforeValidator(str)]
Texts = Annotated[
    tuple[Text, ...], BeforeValidator(lambda v: v if isinstance(v, list | tuple) else [v])
]


class Layer(Section):
    """Files of one kind: those of a source, of its clouds, or labels."""

    source: str | None = None
    """Name of the source that the files are of; null: they are labels."""
    clouds: bool = False
    """Whether the files say where those of the source are of no use (`clouds` of a source)."""
    when: dict[str, Text] = {}
    """Variants with which these files are used; {}: always."""
    paths: Annotated[
        tuple[Pattern, ...], BeforeValidator(lambda v: [v] if isinstance(v, str) else v)
    ]
    """Regular expressions of the last parts of a path, with the names of groups that tell scenes
    apart; / separates folders and stands for nothing else. Of several the first that has a file of
    a scene counts."""
    reading: dict[str, Any] = {}
    """Settings of the source, of its `clouds`, or of `label`, without path, colours and names of
    classes."""
    coding: dict[Text, str] = {}
    """Value of pixels to class; {}: the codes of the legend, or its colours with `in_colors`."""
    in_colors: bool = False
    """Whether labels are pictures in the colours of the legend."""
    protocol: str | None = None
    """What a protocol says of these labels, such as "eroded by 3 px"."""

    @model_validator(mode="after")
    def _check_reading(self) -> Self:
        if self.source is None:
            if self.clouds:
                raise ValueError("clouds is true, but no source says what is cloudy")
            LabelConfig.model_validate({"path": "x", **self.reading})
        else:
            (Clouds if self.clouds else Source).model_validate({"path": "x", **self.reading})
        return self

    @property
    def holds_images(self) -> bool:
        """Whether the files are those of a source itself."""
        return self.source is not None and not self.clouds
