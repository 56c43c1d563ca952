"""Scale and offset tags that differ between scenes are told once, with the scenes of each."""

from __future__ import annotations

from rs_seg.algorithms.inspection.scaling import find_scale_differences


def test_equal_tags_are_no_difference() -> None:
    assert (
        find_scale_differences([("a", {"red": (1e-4, 0)}), ("b", {"red": (1e-4, 0)}), ("c", {})])
        == []
    )


def test_scenes_of_each_scaling_are_named_and_bands_that_differ_alike_share_a_sentence() -> None:
    old, new = {"red": (1e-4, 0.0), "nir": (1e-4, 0.0)}, {"red": (1e-4, -0.1), "nir": (1e-4, -0.1)}
    plain = {"height": (1.0, 0.0)}
    (told,) = find_scale_differences([("a", old | plain), ("b", new | plain), ("c", old | plain)])
    assert told.startswith(
        "scale and offset tags of bands red, nir differ between scenes: scale 0.0001, offset 0 in "
        "a, c; scale 0.0001, offset -0.1 in b; "
    )


def test_of_many_scenes_only_the_first_are_named() -> None:
    scenes = [(f"s{number}", {"red": (1.0 + number // 8, 0.0)}) for number in range(16)]
    (told,) = find_scale_differences(scenes)
    assert "scale 1, offset 0 in s0, s1, s2, s3, s4 and 3 more; scale 2, offset 0 in s8" in told
    assert told.startswith("scale and offset tags of band red")
