"""What the texts under the fields of configuration models say."""

from __future__ import annotations

import ast
import inspect
import textwrap
from functools import cache
from itertools import pairwise

from pydantic import BaseModel


@cache
def describe_fields(model: type[BaseModel]) -> dict[str, str]:
    """The text under each field of a model as one line, those of its bases included.

    Read when it is asked for: pydantic would parse the sources of all models at every start (a
    quarter of it).
    """
    texts: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if base is not BaseModel and issubclass(base, BaseModel):
            texts |= _texts_of(base)
    return {name: text for name, text in texts.items() if name in model.model_fields}


def _texts_of(model: type[BaseModel]) -> dict[str, str]:
    definition = ast.parse(textwrap.dedent(inspect.getsource(model))).body[0]
    assert isinstance(definition, ast.ClassDef)
    texts = {}
    for field, text in pairwise(definition.body):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
        ):
            assert isinstance(field.target, ast.Name)
            texts[field.target.id] = " ".join(str(text.value.value).split())
    return texts
