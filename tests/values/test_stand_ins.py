from __future__ import annotations

import json
import sys
from types import ModuleType

import pytest

from rs_seg.values.stand_ins import standing_in

ABSENT = "no_such_module"


def test_a_stand_in_is_imported_in_place_of_a_module_that_is_not_loaded() -> None:
    stand_in = ModuleType(ABSENT)
    with standing_in(stand_in):
        assert __import__(ABSENT) is stand_in
    with pytest.raises(ModuleNotFoundError):
        __import__(ABSENT)


def test_modules_that_are_loaded_stay() -> None:
    with standing_in(ModuleType("json")):
        assert __import__("json") is json
    assert sys.modules["json"] is json


def test_a_stand_in_is_gone_after_an_error() -> None:
    with pytest.raises(ValueError, match="odd"), standing_in(ModuleType(ABSENT)):
        raise ValueError("odd")
    assert ABSENT not in sys.modules
