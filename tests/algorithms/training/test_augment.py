from __future__ import annotations

import pytest
import torch

from rs_seg.algorithms.training.augment import apply_symmetry, augment_batch


def make_batch(count: int = 6, size: int = 16) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Windows whose first band is the label, so that any parting of the two shows."""
    generator = torch.Generator().manual_seed(3)
    target = torch.randint(0, 5, (count, size, size), generator=generator)
    valid = torch.rand(count, size, size, generator=generator) > 0.2
    target[~valid] = -1
    pixels = torch.stack([target.float(), torch.rand(count, size, size, generator=generator)], dim=1)
    return torch.where(valid[:, None], pixels, 0.0), valid, target


def augment(seed: int = 0, **changes: object) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    return augment_batch(
        *make_batch(), generator=torch.Generator().manual_seed(seed), **{"symmetries": False, **changes}
    )


def test_the_eight_symmetries_are_all_different_and_complete():
    image = torch.arange(9).reshape(3, 3)
    turned = {tuple(apply_symmetry(image, number).flatten().tolist()) for number in range(8)}
    assert len(turned) == 8
    assert tuple(image.T.flatten().tolist()) in turned


def test_labels_and_masks_move_with_the_pixels():
    pixels, valid, target = augment(symmetries=True)
    assert not torch.equal(target, make_batch()[2])
    torch.testing.assert_close(pixels[:, 0][valid], target[valid].float())
    assert (target[~valid] == -1).all()


@pytest.mark.parametrize(
    "changes",
    [{"symmetries": True}, {"scale": 0.3}, {"gain": 0.5}, {"offset": 0.5}, {"noise": 0.5}, {"scale": 0.3, "noise": 1}],
)
def test_invalid_pixels_stay_zero_and_shapes_and_types_are_kept(changes):
    before, after = make_batch(), augment(**changes)
    assert [(each.shape, each.dtype) for each in before] == [(each.shape, each.dtype) for each in after]
    pixels, valid, target = after
    assert (pixels[~valid[:, None].expand_as(pixels)] == 0).all()
    assert (target[~valid] == -1).all()
    assert not torch.equal(pixels, before[0])


def test_nothing_asked_for_changes_nothing():
    for before, after in zip(make_batch(), augment(), strict=True):
        assert torch.equal(before, after)


def test_the_same_seed_gives_the_same_windows():
    changes = {"symmetries": True, "scale": 0.2, "gain": 0.1, "offset": 0.1, "noise": 0.1}
    assert all(torch.equal(one, other) for one, other in zip(augment(4, **changes), augment(4, **changes), strict=True))
    assert not torch.equal(augment(4, **changes)[0], augment(5, **changes)[0])


def test_gain_and_offset_are_one_number_per_band_and_window():
    pixels, valid, _ = make_batch()
    changed = augment(offset=1.0)[0]
    for window in range(len(pixels)):
        for band in range(2):
            shift = (changed - pixels)[window, band][valid[window]]
            assert shift.std() < 1e-6
            assert shift.mean().abs() > 0


def test_scaling_keeps_the_centre_in_place():
    size = 33
    pixels = torch.zeros(4, 1, size, size)
    pixels[:, :, 14:19, 14:19] = 1
    valid, target = torch.ones(4, size, size, dtype=torch.bool), pixels[:, 0].long()
    moved, _, labels = augment_batch(
        pixels, valid, target, symmetries=False, scale=0.3, generator=torch.Generator().manual_seed(0)
    )
    assert (moved[:, 0, 16, 16] == 1).all()
    assert (labels[:, 16, 16] == 1).all()
    agreement = ((moved[:, 0] > 0.5) == (labels == 1)).float().mean()
    assert agreement > 0.97
