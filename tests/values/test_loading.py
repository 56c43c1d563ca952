"""Modules are loaded beside other work, and are there after it."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from rs_seg.values.loading import loading_beside


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module that says which thread has loaded it."""
    text = "import threading\nthread = threading.current_thread()\n"
    (tmp_path / "said_by_whom.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "said_by_whom", raising=False)
    return "said_by_whom"


@pytest.mark.parametrize("threads", [1, 2])
def test_after_the_block_modules_are_loaded_by_a_thread_of_their_own_where_there_are_two(
    module: str, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", str(threads))
    with loading_beside(module):
        pass
    own = sys.modules[module].thread is threading.current_thread()
    assert own == (threads == 1)


@pytest.mark.parametrize("threads", [1, 2])
def test_a_module_that_cannot_be_loaded_is_told_after_the_block(
    threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", str(threads))
    done = False
    with (
        pytest.raises(ModuleNotFoundError, match="no_such_module"),
        loading_beside("no_such_module"),
    ):
        done = True
    assert done


def test_an_error_of_the_block_is_raised_as_it_is(
    module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    with pytest.raises(ZeroDivisionError), loading_beside(module):
        raise ZeroDivisionError
