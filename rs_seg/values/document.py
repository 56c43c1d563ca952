"""What a JSON file of the results holds: a frozen model of its keys."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """An object inside a document; keys that it does not know (of other versions, or of a hand) are passed over."""

    model_config = ConfigDict(frozen=True)


class Document(Part):
    """The content of a JSON file that a stage makes for other stages and for people.

    A key is written only where it was set, so that a file that was read is written with the same
    keys.
    """

    what: ClassVar[str]
    """What errors call the file."""

    def dump(self) -> dict[str, Any]:
        """The keys that were set, as JSON has them."""
        return self.model_dump(mode="json", exclude_unset=True)
