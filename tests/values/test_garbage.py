from __future__ import annotations

import gc

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
