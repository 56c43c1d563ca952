from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rs_seg.errors import UserError
from rs_seg.values.shard import Shard
from rs_seg.workflow.modes import Mode, parse_mode


def test_a_mode_is_taken_out_of_the_settings() -> None:
    values = {"shard": "3/8", "title": "Towns"}
    assert parse_mode(values) == (Mode(shard=Shard(3, 8)), {"title": "Towns"})
    assert "shard" in values


@pytest.mark.parametrize("value", [True, "true", "True"])
def test_gathering_is_asked_for_in_the_words_of_python_and_of_yaml(value: object) -> None:
    assert parse_mode({"gather": value}) == (Mode(gather=True), {})


def test_without_a_word_everything_is_run() -> None:
    assert parse_mode({"gather": False, "title": "x"}) == (Mode(), {"title": "x"})


@pytest.mark.parametrize("value", ["0/3", "4/3", "x", "1/0", "-1/3", "1/3/5", 3, True, ""])
def test_a_wrong_shard_is_told(value: object) -> None:
    with pytest.raises(UserError, match=r"--config shard: not a shard of the scenes.*such as 3/8"):
        parse_mode({"shard": value})


@pytest.mark.parametrize(
    ("values", "said"), [({"gather": 7}, "7"), ({"gather": True, "shard": "1/2"}, "shard=1/2")]
)
def test_other_nonsense_is_told(values: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        parse_mode(values)


@given(st.integers(0, 50), st.integers(1, 60))
def test_shards_share_out_all_rows_evenly(rows: int, count: int) -> None:
    parts = [Mode(shard=Shard(index, count)).choose(range(rows)) for index in range(1, count + 1)]
    assert sorted(row for part in parts for row in part) == list(range(rows))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1
