"""The work of `simulate`."""

from __future__ import annotations

from collections.abc import Sequence

from rs_seg.config import SimulateConfig
from rs_seg.errors import UserError
from rs_seg.stages.simulate.fields import write_fields
from rs_seg.stages.simulate.town import write_town
from rs_seg.values import OutPath, OutPaths, Scene


def simulate(
    config: SimulateConfig,
    scene: Scene,
    *,
    optical: OutPaths,
    clouds: OutPaths,
    height: OutPath | None = None,
    radar: OutPath | None = None,
    labels: OutPath | None = None,
    objects: OutPath | None = None,
) -> None:
    """See the signature."""
    seed = scene.simulate
    if seed is None:
        raise UserError(
            f"scene {scene.name!r} cannot be simulated",
            where="scene table, column simulate",
            found="no seed",
            expected="a whole number",
            remedy="give the scene a seed, or put its own files in place",
        )
    dates = 1 if config.fields is None else len(config.fields.dates)
    _check_number("optical images", optical, [dates])
    _check_number("masks of clouds", clouds, [0] if config.fields is None else [0, dates])
    if config.fields is None:
        (image,) = optical
        assert height is not None, "a town has a surface model"
        write_town(
            config,
            seed,
            optical=image,
            height=height,
            radar=radar,
            labels=labels,
            objects=objects,
        )
    else:
        write_fields(
            config,
            seed,
            optical=optical,
            clouds=clouds,
            radar=radar,
            labels=labels,
            objects=objects,
        )


def _check_number(what: str, files: OutPaths, expected: Sequence[int]) -> None:
    """Refuse files that are not as many as there are images.

    Raises:
        UserError: they are more or fewer.
    """
    if len(files) not in expected:
        raise UserError(
            f"wrong number of files for {what}",
            found=f"{len(files)}",
            expected=" or ".join(map(str, expected)),
            remedy="name one file for each date of simulate.fields, or one for a town",
        )
