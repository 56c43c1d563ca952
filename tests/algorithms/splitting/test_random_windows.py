"""Windows dealt at random: as many labelled pixels as asked for, anywhere, and each once."""

from __future__ import annotations

from collections import Counter

import numpy as np

from rs_seg.algorithms.splitting.random_windows import deal_windows
from rs_seg.values.roles import ROLES


def deal(pixels: list[np.ndarray], seed: int = 1, **targets: int) -> list[list[str]]:
    return deal_windows(pixels, targets, generator=np.random.default_rng(seed))


def test_each_role_gets_the_labelled_pixels_that_whole_windows_allow() -> None:
    rng = np.random.default_rng(2)
    pixels = [rng.integers(0, 100, (7, 9)), rng.integers(0, 100, (5, 4))]
    targets = {"train": 1500, "validation": 400, "test": 700}
    dealt = deal(pixels, **targets)
    assert [len(own) for own in dealt] == [63, 20]
    held: Counter[str] = Counter()
    for own, roles in zip(pixels, dealt, strict=True):
        for count, role in zip(own.ravel(), roles, strict=True):
            held[role] += int(count)
    for role, wanted in targets.items():
        assert abs(held[role] - wanted) <= 50  # half of the largest window


def test_windows_without_labels_are_unused_and_roles_without_a_target_get_none() -> None:
    pixels = [np.array([[10, 0], [10, 10]])]
    (roles,) = deal(pixels, train=10, test=20)
    assert roles[1] == "unused"
    assert Counter(roles) == {"test": 2, "train": 1, "unused": 1}


def test_every_window_may_get_every_role_and_a_seed_decides() -> None:
    pixels = [np.full((3, 3), 5)]
    dealt = [deal(pixels, seed, train=20, validation=10, test=10)[0] for seed in range(60)]
    for place in range(9):
        assert {roles[place] for roles in dealt} >= set(ROLES)
    again = deal(pixels, 7, train=20, validation=10, test=10)[0]
    assert again == dealt[7]
