"""Whether a model can be applied to images, in words that need no configuration: `rs-seg map`."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rs_seg.algorithms.prediction.applicability import TOLERANCE
from rs_seg.errors import UserError, UserErrors
from rs_seg.io.model_description import ModelDescription
from rs_seg.io.raster import ignoring_no_georeference, open_raster
from rs_seg.io.raw.bands import CONTRADICTED, OTHER_NUMBER, says_bands
from rs_seg.io.raw.drivers import raster_drivers
from rs_seg.io.raw.georeference import Placing, is_placed
from rs_seg.io.raw.place_faults import NO_CRS, NO_PLACE, WITH_PLACE
from rs_seg.io.raw.raster_checks import check_raw_raster
from rs_seg.io.raw.scene_grid import propose_grid
from rs_seg.io.raw.source import SourceRaster, SourceRules
from rs_seg.values.grid import ground_resolution
from rs_seg.values.pictures import Ungeoreferenced, picture_crs

logger = logging.getLogger(__name__)

REMEDIES = {
    NO_CRS: "write it into the file: gdal_edit.py -a_srs EPSG:... FILE",
    NO_PLACE: "georeference it, or put its world file or .aux.xml sidecar beside it; pictures that "
    "lie nowhere (photographs, microscopy) are mapped in pixels, apart from images with a place: "
    "--ungeoreferenced pixels",
    WITH_PLACE: "leave --ungeoreferenced out, or map pictures without a place by a command of "
    "their own",
    OTHER_NUMBER: "make a file with these bands in this order (gdal_translate FILE NEW, with -b "
    "and the number in FILE for each); an image that lacks one cannot be mapped by this model",
    CONTRADICTED: "describe the bands in the file by the names of the model; if the file is "
    "wrong, take away what it says (gdal_translate -colorinterp undefined,undefined,undefined)",
}
"""What helps where there is no configuration to change, by fault."""


def settle_ungeoreferenced(
    asked: Ungeoreferenced | None, description: ModelDescription, images: Iterable[Path]
) -> Ungeoreferenced:
    """What images without a place are: as `asked`, else as the model's training says.

    A model that learnt on photographs takes them for pictures in pixels, if no image has a place.
    """
    if asked is not None:
        return asked
    learnt_on_pictures = description.resolution_m is None
    return "pixels" if learnt_on_pictures and not any(map(_lies_on_earth, images)) else "error"


def _lies_on_earth(image: Path) -> bool:
    check_raw_raster(image)
    with ignoring_no_georeference(), open_raster(image, raster_drivers(image)) as dataset:
        return is_placed(dataset)


def check_images(
    description: ModelDescription,
    scenes: Mapping[str, Path],
    *,
    ungeoreferenced: Ungeoreferenced,
    model: Path,
) -> None:
    """Check that the model can be applied to each image, and say which bands are taken how.

    Raises:
        UserErrors: no raster, no place on Earth (with `pixels`: one that has a place), other
            bands, or pixels of another size.
    """
    faults: list[UserError] = []
    told: dict[str, list[Path]] = {}
    for scene, image in scenes.items():
        picture = picture_crs(scene) if ungeoreferenced == "pixels" else None
        rules = SourceRules(placing=Placing(picture=picture))
        try:
            with SourceRaster(image, bands=description.bands, rules=rules) as raster:
                named = says_bands(raster.dataset, description.bands, image)
                sentence = "" if named else _tell_order(description.bands, raster.indexes)
                told.setdefault(sentence, []).append(image)
                _check_pixels(description, raster, model)
        except UserErrors as errors:
            faults += [_for_map(error, description) for error in errors.errors]
        except UserError as error:
            faults.append(error)
    for sentence, of_images in told.items():
        if sentence:
            others = f" and {len(of_images) - 1} more" if len(of_images) > 1 else ""
            logger.info("%s%s: %s", of_images[0], others, sentence)
    if faults:
        raise UserErrors(faults)
    if ungeoreferenced == "pixels" and description.resolution_m is not None:
        logger.warning(
            "the model learnt on pixels of %.4g m, and nothing says how large those of pictures "
            "without a place are: the map is of use where they show the ground at about that size",
            description.resolution_m,
        )


def _tell_order(bands: Sequence[str], indexes: Sequence[int]) -> str:
    pairs = ", ".join(f"band {index} is {name}" for name, index in zip(bands, indexes, strict=True))
    return f"does not name its bands, so they are taken in the order of the model: {pairs}"


def _check_pixels(description: ModelDescription, raster: SourceRaster, model: Path) -> None:
    """Check the pixel size, as `check_resolution` does, with a remedy that needs no configuration.

    Raises:
        UserError: it differs from the model's.
    """
    wanted = description.resolution_m
    grid = propose_grid(raster)
    size = ground_resolution(grid)
    if wanted is None or size is None or abs(size - wanted) <= TOLERANCE * wanted:
        return
    side = abs(grid.affine.a) * wanted / size
    raise UserError(
        "the pixels of the image differ in size from those the model was trained on",
        where=raster.path,
        found=f"{size:.4g} m on the ground",
        expected=f"{wanted:.4g} m, give or take {TOLERANCE:.0%} ({model})",
        remedy=f"resample it: gdalwarp -tr {side:.6g} {side:.6g} -r average FILE NEW, or train a "
        f"model on pixels of {size:.4g} m",
    )


def _for_map(error: UserError, description: ModelDescription) -> UserError:
    """A fault of a raster in words that fit where there is no configuration."""
    if error.what not in REMEDIES:
        return error
    bands = ", ".join(description.bands)
    of_bands = error.what in (OTHER_NUMBER, CONTRADICTED)
    return UserError(
        "the bands of the image are not those of the model" if of_bands else error.what,
        where=error.where,
        found=error.found,
        expected=f"{len(description.bands)} bands: {bands}" if of_bands else error.expected,
        remedy=REMEDIES[error.what],
    )
