from __future__ import annotations

import gc
import importlib.util
import subprocess
import sys

import pytest

from rs_seg.values.garbage import no_search_for_garbage


def test_garbage_is_searched_for_again_afterwards_also_after_an_error():
    assert gc.isenabled()
    with no_search_for_garbage():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError), no_search_for_garbage():
        1 / 0  # noqa: B018
    assert gc.isenabled()


def test_a_search_that_was_off_stays_off():
    gc.disable()
    try:
        with no_search_for_garbage():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


@pytest.mark.parametrize("library", ["triton", "onnx"])
def test_a_process_that_skips_its_last_search_says_nothing_of_leaks(library: str) -> None:
    if importlib.util.find_spec(library) is None:
        pytest.skip(f"{library} is not installed on this platform")
    program = (
        f"from rs_seg.values.garbage import skip_last_search; skip_last_search(); import {library}"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout + ended.stderr == ""


def test_what_a_process_holds_is_frozen_at_its_end_where_nothing_tells_of_leaks() -> None:
    program = (
        "import atexit, gc\n"
        "from rs_seg.values.garbage import skip_last_search\n"
        "atexit.register(lambda: print(gc.get_freeze_count() > 0))\n"
        "skip_last_search()"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert ended.stdout == "True\n"
