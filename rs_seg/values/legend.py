"""Classes of a map: code (in files), index (in tensors), name and colour (for people)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, RootModel, model_validator

from rs_seg.values.names import PlainName

MAX_CODE = 65534
ABSTAIN = "abstain"
"""Name of what a pixel is given whose most probable class is not probable enough; no class of a
legend."""
ABSTAIN_COLOR = "#6e6e6e"


class LegendClass(BaseModel):
    """One class of the legend."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: Annotated[int, Field(ge=0, le=MAX_CODE)]
    """Value of the class in rasters and attribute tables; codes need not be consecutive."""
    name: PlainName
    """Name for people; also the value looked for in label attributes."""
    color: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
    """Colour on maps, as "#rrggbb"."""
    title: PlainName | None = None
    """What people read in place of the name in styles, projects, the map for a browser, tables of
    the report and README.txt; null: the name. Files, models and sentences keep the name."""

    @property
    def shown(self) -> str:
        """What people read on maps and in tables."""
        return self.title or self.name

    @property
    def rgb(self) -> tuple[int, int, int]:
        """Red, green and blue, each 0 to 255."""
        return int(self.color[1:3], 16), int(self.color[3:5], 16), int(self.color[5:7], 16)


class ClassName(BaseModel):
    """A class without its looks: what training and evaluation depend on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: int
    name: str


class ClassNames(RootModel[tuple[ClassName, ...]]):
    """Codes and names of the classes, in the order of tensor indices."""

    model_config = ConfigDict(frozen=True)

    # pydantic iterates over fields, a list of classes over its members
    def __iter__(self) -> Iterator[ClassName]:  # type: ignore[override]
        return iter(self.root)

    def __len__(self) -> int:
        return len(self.root)

    @property
    def codes(self) -> tuple[int, ...]:
        """Codes in index order."""
        return tuple(each.code for each in self.root)

    @property
    def names(self) -> tuple[str, ...]:
        """Names in index order."""
        return tuple(each.name for each in self.root)

    def places_of(self, names: Collection[str]) -> tuple[int, ...] | None:
        """Indices of these classes; None where they are all."""
        chosen = tuple(index for index, name in enumerate(self.names) if name in names)
        return None if len(chosen) == len(self) else chosen

    @property
    def nodata(self) -> int:
        """The value of pixels without a class: 255, or 65535 where a code needs 16 bits."""
        return 255 if max(self.codes) < 255 else 65535

    @property
    def dtype(self) -> str:
        """NumPy type of rasters of codes: "uint8", or "uint16" where a code needs it."""
        return "uint8" if self.nodata == 255 else "uint16"

    @property
    def abstain(self) -> int:
        """The value of pixels that a map abstains from: one less than nodata."""
        return self.nodata - 1

    def with_abstain(self) -> ClassNames:
        """What a map that abstains holds: the classes, and none of them last (index K).

        No class may have the code or the name of it; the configuration sees to that.
        """
        return ClassNames((*self.root, ClassName(code=self.abstain, name=ABSTAIN)))

    def encode(self, indices: NDArray[np.integer]) -> NDArray[np.unsignedinteger]:
        """Codes of class indices; negative indices become nodata. Shape kept."""
        table = np.array([*self.codes, self.nodata], dtype=self.dtype)
        positions = np.where(indices < 0, len(self), indices)
        codes: NDArray[np.unsignedinteger] = table[positions]
        return codes

    def decode(self, codes: NDArray[np.integer]) -> NDArray[np.int64]:
        """Class indices of codes, -1 for nodata and for codes outside the legend. Shape kept."""
        table = np.full(max(self.nodata, int(codes.max(initial=0))) + 1, -1, dtype=np.int64)
        table[np.array(self.codes)] = np.arange(len(self))
        indices: NDArray[np.int64] = table[codes]
        return indices


class Legend(RootModel[tuple[LegendClass, ...]]):
    """The classes of a map with their colours, in the order of tensor indices."""

    model_config = ConfigDict(frozen=True)

    # pydantic iterates over fields, a legend over its classes
    def __iter__(self) -> Iterator[LegendClass]:  # type: ignore[override]
        return iter(self.root)

    def __len__(self) -> int:
        return len(self.root)

    @model_validator(mode="after")
    def _check_distinct(self) -> Legend:
        if len(self.root) < 2:
            raise ValueError(f"a legend needs at least two classes, found {len(self.root)}")
        given = {
            "codes": [str(each.code) for each in self.root],
            "names": [each.name for each in self.root],
            "titles": [each.shown for each in self.root],
        }
        for title, values in given.items():
            twice = sorted({value for value in values if values.count(value) > 1})
            if twice:
                raise ValueError(
                    f"{title} of the legend must differ; given twice: {', '.join(twice)}"
                )
        return self

    @property
    def class_names(self) -> ClassNames:
        """The classes without their colours."""
        return ClassNames(tuple(ClassName(code=each.code, name=each.name) for each in self.root))

    @property
    def untitled(self) -> Legend:
        """The same classes and colours without titles."""
        return Legend.model_construct(
            tuple(each.model_copy(update={"title": None}) for each in self.root)
        )

    def with_abstain(self) -> Legend:
        """The legend of a map that abstains: the classes, and last none of them, in grey."""
        abstain = LegendClass(code=self.class_names.abstain, name=ABSTAIN, color=ABSTAIN_COLOR)
        return Legend((*self.root, abstain))

    def colormap(self) -> dict[int, tuple[int, int, int, int]]:
        """RGBA (0 to 255) of each code, as rasterio writes it; nodata is transparent."""
        colors = {each.code: (*each.rgb, 255) for each in self.root}
        return {**colors, self.class_names.nodata: (0, 0, 0, 0)}
