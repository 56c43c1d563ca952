"""Tiny public data sets in their real layouts, with the traps of each."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from PIL import Image
from rasterio.errors import NotGeoreferencedWarning
from rasterio.transform import from_origin

SIDE = 32
ISPRS = [(255, 255, 255), (0, 0, 255), (0, 255, 255), (0, 255, 0), (255, 255, 0), (255, 0, 0)]
"""Colours of the six classes of ISPRS."""
UTM = "EPSG:32633"


def stripes(values: int, *, first: int = 0, side: int = SIDE) -> NDArray[np.uint8]:
    """Codes (32, 32) in columns of equal width."""
    return np.broadcast_to(first + np.arange(side) * values // side, (side, side)).astype(np.uint8)


def colored(codes: NDArray[np.uint8], colors: list[tuple[int, int, int]]) -> NDArray[np.uint8]:
    """A picture (3, 32, 32) of codes."""
    return np.moveaxis(np.array(colors, dtype=np.uint8)[codes], -1, 0)


def imagery(band_count: int, seed: int, codes: NDArray[Any] | None = None) -> NDArray[np.uint8]:
    """Values (bands, 32, 32) that tell codes apart."""
    shape = (SIDE, SIDE) if codes is None else codes.shape
    noise = np.random.default_rng(seed).integers(0, 12, (band_count, *shape))
    base = 100 if codes is None else 20 + codes.astype(int) * 30
    return (base + noise).astype(np.uint8)


def write_tiff(
    path: Path,
    pixels: NDArray[Any],
    *,
    place: tuple[int, int] = (0, 0),
    crs: str | None = UTM,
    pixel: float = 1.0,
    **profile: Any,
) -> Path:
    """A GeoTIFF; without a CRS it has a world file, as ISPRS gives its tiles."""
    path.parent.mkdir(parents=True, exist_ok=True)
    stack = pixels if pixels.ndim == 3 else pixels[None]
    side = stack.shape[1]
    left, top = 400_000 + place[0] * side * pixel, 5_800_000 - place[1] * side * pixel
    transform = from_origin(left, top, pixel, pixel)
    placed = {"crs": crs, "transform": transform} if crs else {}
    options = {"driver": "GTiff", "height": side, "width": side, "count": len(stack)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(path, "w", **options, dtype=stack.dtype, **placed, **profile) as dataset:
            dataset.write(stack)
    if crs is None:
        lines = (pixel, 0, 0, -pixel, left + pixel / 2, top - pixel / 2)
        path.with_suffix(".tfw").write_text("\n".join(map(str, lines)), encoding="ascii")
    return path


def write_picture(path: Path, pixels: NDArray[np.uint8]) -> Path:
    """A PNG or JPEG of (3, H, W) or (H, W)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.moveaxis(pixels, 0, -1) if pixels.ndim == 3 else pixels).save(path)
    return path


def write_lines(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def vaihingen(root: Path) -> None:
    """A label file without a world file."""
    for number in (1, 2, 3):
        codes, place = stripes(6), (number, 0)
        top = f"top_mosaic_09cm_area{number}"
        write_tiff(root / "top" / f"{top}.tif", imagery(3, number, codes), place=place, crs=None)
        heights = imagery(1, number).astype(np.float32)
        write_tiff(
            root / "dsm" / f"dsm_09cm_matching_area{number}.tif", heights, place=place, crs=None
        )
        eroded = colored(codes, ISPRS)
        eroded[:, :, 5] = 0
        folder = "ISPRS_semantic_labeling_Vaihingen_ground_truth_eroded_COMPLETE"
        label = write_tiff(root / folder / f"{top}_noBoundary.tif", eroded, place=place, crs=None)
        if number == 2:
            label.with_suffix(".tfw").unlink()


def potsdam(root: Path, *, side: int = SIDE, tested: bool = False) -> None:
    """Labels of participants in a folder of the same name twice, 02_10 beside 2_10, two inexact
    tiles, and a test tile without labels, but where it is to be `tested`.
    """
    tiles = {(2, 10): (0, 0), (4, 12): (2, 2), (6, 7): (4, 4), (2, 13): (0, 6)}
    labels = "5_Labels_for_participants_no_Boundary"
    for seed, ((row, column), place) in enumerate(tiles.items()):
        codes = stripes(6, side=side)
        name = f"top_potsdam_{row}_{column}"
        files = {f"3_Ortho_IRRG/{name}_IRRG.tif": imagery(3, seed, codes)}
        heights = imagery(1, seed, codes).astype(np.float32)
        files[f"1_DSM/dsm_potsdam_{row:02}_{column:02}.tif"] = heights
        full = colored(codes, ISPRS)
        if (row, column) == (4, 12):
            lossy = np.random.default_rng(0).integers(0, 40, full.shape)
            full = np.where(full > 127, full - lossy, lossy).astype(np.uint8)
        if (row, column) == (6, 7):
            full[0][codes == 4] = 252
        eroded = np.where(np.arange(side) % 16 == 5, 0, full).astype(np.uint8)
        if tested or (row, column) != (2, 13):
            files[f"{labels}/{labels}/{name}_label_noBoundary.tif"] = eroded
            files[f"5_Labels_all/{name}_label.tif"] = full
        for path, pixels in files.items():
            write_tiff(root / path, pixels, place=place, crs=None)


def inria(root: Path) -> None:
    """A root named data1, and a city with a hyphen."""
    base = root / "data1" / "AerialImageDataset"
    for seed, (city, number) in enumerate(
        [("austin", 1), ("austin", 12), ("tyrol-w", 5), ("tyrol-w", 6)]
    ):
        codes = stripes(2)
        place = (seed, 0)
        write_tiff(
            base / "train/images" / f"{city}{number}.tif", imagery(3, seed, codes), place=place
        )
        write_tiff(
            base / "train/gt" / f"{city}{number}.tif", (codes * 255).astype(np.uint8), place=place
        )
    write_tiff(base / "test/images/sfo1.tif", imagery(3, 9), place=(9, 0))


def spacenet7(root: Path) -> None:
    """Two months of one place, the first without clouds said; a month without buildings or clouds.

    The second month is cloudy in rows 12 to 20, across its building. A month has no labels.
    """
    for aoi, months in {"L15-0331E_13": ("01", "02"), "L15-0358E_16": ("03",)}.items():
        for month in months:
            stem = f"global_monthly_2020_{month}_mosaic_{aoi}"
            place = (0 if aoi.endswith("13") else 9, 0)
            folder = root / "SN7_buildings" / "train" / aoi
            write_month(folder, stem, int(month), place, masked_rows=4)
            write_month(folder, stem, int(month), place, masked_rows=0)
            corner = 400_000 + place[0] * SIDE, 5_800_000
            house = write_square(corner, (8, 8, 16, 16))
            labels = folder / "labels" / stem
            write_squares(f"{labels}_Buildings.geojson", [] if month == "03" else [house])
            if month != "01":
                cloud = write_square(corner, (-9, 12, 40, 20))
                write_squares(f"{labels}_UDM.geojson", [] if month == "03" else [cloud])
    stem = "global_monthly_2020_05_mosaic_L15-0369E_99"
    folder = root / "SN7_buildings" / "test_public" / "L15-0369E_99"
    write_month(folder, stem, 5, (20, 0), masked_rows=4)


def write_month(
    folder: Path, stem: str, month: int, place: tuple[int, int], *, masked_rows: int
) -> None:
    """An image of SpaceNet 7, masked where some of its rows are."""
    alpha = np.full((1, SIDE, SIDE), 255, dtype=np.uint8)
    alpha[0, :masked_rows] = 0
    pixels = np.concatenate([imagery(3, month), alpha])
    path = folder / ("images_masked" if masked_rows else "images") / f"{stem}.tif"
    write_tiff(path, pixels, place=place, photometric="RGB", alpha="YES")


def write_square(corner: tuple[int, int], box: tuple[int, int, int, int]) -> dict[str, Any]:
    """A feature of left, top, right and bottom in pixels from a corner of a tile."""
    left, top, right, bottom = box
    ring = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
    placed = [[corner[0] + x, corner[1] - y] for x, y in ring]
    geometry = {"type": "Polygon", "coordinates": [placed]}
    return {"type": "Feature", "properties": {}, "geometry": geometry}


def write_squares(path: str, features: list[dict[str, Any]]) -> None:
    """A GeoJSON as SpaceNet 7 has it, of any number of features."""
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32633"}}
    body = {"type": "FeatureCollection", "crs": crs, "features": features}
    write_lines(Path(path), json.dumps(body))


def write_patch(
    root: Path, rois: str, scene: str, stem: str, place: tuple[int, int], *, dfc: bool
) -> None:
    """One triplet of SEN12MS, or of DFC2020."""
    codes = stripes(10, first=1) if dfc else stripes(18)
    shown = codes + 1
    for kind, pixels in {
        "s1": np.stack([shown - 20.0, shown - 25.0]).astype(np.float32),
        "s2": np.repeat(shown[None], 13, axis=0).astype(np.uint16) * 300,
        "dfc" if dfc else "lc": codes if dfc else np.stack([codes, *[stripes(10)] * 3]),
    }.items():
        write_tiff(
            root / rois / f"{kind}_{scene}" / stem.format(kind=kind), pixels, place=place, pixel=10
        )


def sen12ms(root: Path) -> None:
    """A patch of NaN, and the list of scenes that are held out."""
    for place, patch in enumerate((30, 202)):
        stem = f"ROIs1868_summer_{{kind}}_146_p{patch}.tif"
        write_patch(root, "ROIs1868_summer", "146", stem, (place, 0), dfc=False)
    stem = "ROIs1868_summer_{kind}_147_p30.tif"
    write_patch(root, "ROIs1868_summer", "147", stem, (3, 0), dfc=False)
    write_patch(root, "ROIs1158_spring", "1", "ROIs1158_spring_{kind}_1_p30.tif", (5, 0), dfc=False)
    broken = root / "ROIs1868_summer/s1_146/ROIs1868_summer_s1_146_p202.tif"
    write_tiff(broken, np.full((2, SIDE, SIDE), np.nan, dtype=np.float32), place=(1, 0), pixel=10)
    write_lines(root / "SEN12MS_holdOutScenes.txt", "ROIs1158_spring_s1_1")


def dfc2020(root: Path) -> None:
    for place, (part, scene, patch) in enumerate(
        [("validation", "validation", 0), ("validation", "validation", 7), ("test", "0", 0)]
    ):
        stem = f"ROIs0000_{part}_{{kind}}_{scene}_p{patch}.tif"
        write_patch(root, f"ROIs0000_{part}", scene, stem, (place * 3, 0), dfc=True)


def uavid(root: Path) -> None:
    """Black is a class; the test has no labels."""
    colors = [(0, 0, 0), (128, 0, 0), (128, 64, 128), (192, 0, 192)]
    for part, sequence, frames in (("train", 1, (0, 100)), ("valid", 16, (0,)), ("test", 21, (0,))):
        for frame in frames:
            folder = root / part / f"seq{sequence}"
            write_picture(folder / "Images" / f"{frame:06}.png", imagery(3, frame, stripes(4)))
            if part != "test":
                write_picture(folder / "Labels" / f"{frame:06}.png", colored(stripes(4), colors))


def landcover_ai(root: Path) -> None:
    for place, ortho in enumerate(("M-33-20-D-c-4-2", "N-33-60-D-d-1-2")):
        codes = stripes(5)
        image = imagery(3, place, codes)
        write_tiff(root / "images" / f"{ortho}.tif", image, place=(place, 0), crs="EPSG:2180")
        write_tiff(root / "masks" / f"{ortho}.tif", codes, place=(place, 0), crs="EPSG:2180")


def landcover_ai_chips(root: Path) -> None:
    for chip in range(4):
        stem = f"M-33-20-D-c-4-2_{chip}"
        write_picture(root / "output" / f"{stem}.jpg", imagery(3, chip, stripes(5)))
        write_picture(root / "output" / f"{stem}_m.png", stripes(5))
    write_lines(root / "train.txt", "M-33-20-D-c-4-2_0", "M-33-20-D-c-4-2_1")
    write_lines(root / "val.txt", "M-33-20-D-c-4-2_2")
    write_lines(root / "test.txt", "M-33-20-D-c-4-2_3")


def openearthmap(root: Path) -> None:
    """A list that names an image which is not in the archive."""
    base = root / "OpenEarthMap" / "OpenEarthMap_wo_xBD"
    for number in (1, 2, 3):
        stem = f"santa-rosa_{number}.tif"
        place = (number, 0)
        write_tiff(base / "santa-rosa/images" / stem, imagery(3, number), place=place)
        if number < 3:
            write_tiff(base / "santa-rosa/labels" / stem, stripes(9), place=place)
    write_tiff(base / "lima/images/lima_4.tif", imagery(3, 4), place=(7, 7))
    write_tiff(base / "lima/labels/lima_4.tif", stripes(9), place=(7, 7))
    write_lines(base / "train.txt", "santa-rosa_1.tif", "lima_4.tif", "palu-tsunami_7.tif")
    write_lines(base / "val.txt", "santa-rosa_2.tif")
    write_lines(base / "test.txt", "santa-rosa_3.tif")


def loveda(root: Path) -> None:
    for part, area, number in (
        ("Train", "Urban", 1366),
        ("Train", "Urban", 1367),
        ("Val", "Rural", 3514),
        ("Test", "Rural", 4191),
    ):
        folder = root / part / area
        write_picture(folder / "images_png" / f"{number}.png", imagery(3, number))
        if part != "Test":
            write_picture(folder / "masks_png" / f"{number}.png", stripes(8))


def flair1(root: Path) -> None:
    for place, (department, zone, number) in enumerate(
        [("D004_2021", "Z1_NN", 1), ("D012_2019", "Z1_NN", 2), ("D006_2020", "Z2_AA", 3)]
    ):
        folder = root / "flair_aerial_train" / department / zone
        image = imagery(5, number)
        write_tiff(
            folder / "img" / f"IMG_{number:06}.tif", image, place=(place, 0), crs="EPSG:2154"
        )
        mask = stripes(19, first=1)
        write_tiff(folder / "msk" / f"MSK_{number:06}.tif", mask, place=(place, 0), crs="EPSG:2154")


def sen1floods11(root: Path) -> None:
    """Lists without a header; values that are not counted; NaN in the radar."""
    hand = root / "v1.1/data/flood_events/HandLabeled"
    chips = [("Ghana", 103272), ("India", 1017769), ("Spain", 2594119), ("Bolivia", 103757)]
    for place, (event, chip) in enumerate(chips):
        radar = imagery(2, chip).astype(np.float32) - 120
        radar[:, 0, 0] = np.nan
        stem = f"{event}_{chip}"
        write_tiff(hand / "S1Hand" / f"{stem}_S1Hand.tif", radar, place=(place, 0), pixel=10)
        label = stripes(3).astype(np.int16) - 1
        write_tiff(hand / "LabelHand" / f"{stem}_LabelHand.tif", label, place=(place, 0), pixel=10)
    splits = root / "v1.1/splits/flood_handlabeled"
    for split, (event, chip) in zip(("train", "valid", "test", "bolivia"), chips, strict=True):
        line = f"{event}_{chip}_S1Hand.tif,{event}_{chip}_LabelHand.tif"
        write_lines(splits / f"flood_{split}_data.csv", line)


def deepglobe(root: Path) -> None:
    """A mask whose colours are inexact, and an image of the official validation."""
    colors = [
        (0, 255, 255),
        (255, 255, 0),
        (255, 0, 255),
        (0, 255, 0),
        (0, 0, 255),
        (255, 255, 255),
    ]
    for number in (119, 855):
        write_picture(root / "train" / f"{number}_sat.jpg", imagery(3, number))
        mask = colored(stripes(6), colors)
        mask = np.where(mask > 127, mask - (number == 855), mask).astype(np.uint8)
        write_picture(root / "train" / f"{number}_mask.png", mask)
    write_picture(root / "valid" / "200_sat.jpg", imagery(3, 200))


BUILDERS: dict[str, Callable[[Path], None]] = {
    builder.__name__: builder
    for builder in (
        vaihingen,
        potsdam,
        inria,
        spacenet7,
        sen12ms,
        dfc2020,
        uavid,
        landcover_ai,
        landcover_ai_chips,
        openearthmap,
        loveda,
        flair1,
        sen1floods11,
        deepglobe,
    )
}
