"""What a JSON file of the results holds: a frozen model of its keys."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """An object inside a document.

    Keys that it does not know (of other versions, or written by hand) are passed over.
    """

    model_config = ConfigDict(frozen=True)


class Document(Part):
    """The content of a JSON file that a stage makes for other stages and for people.

    A key is written only where it was set, so that a file that was read is written with the same
    keys.
    """

    what: ClassVar[str]
    """What errors call the file."""
    indent: ClassVar[int] = 1
    """Spaces by which each level of the file is indented."""
    ascii_only: ClassVar[bool] = False
    """Whether other letters are written as escapes."""

    def dump(self) -> dict[str, Any]:
        """The keys that were set, as JSON has them."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)
