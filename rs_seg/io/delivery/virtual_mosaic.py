"""Virtual mosaics (GDAL VRT): rasters of many scenes as one, without a copy of a pixel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from rs_seg.values.frame import Frame, Placement
from rs_seg.values.grid import crs_of

DATA_TYPES = {"uint8": "Byte", "uint16": "UInt16"}
"""What GDAL calls the types of our rasters."""
Color = tuple[int, int, int, int]


@dataclass(frozen=True)
class VirtualSource:
    """A raster of a mosaic: its path relative to the mosaic and its size.

    `block` is the size of its blocks. Sizes are height and width.
    """

    path: str
    shape: tuple[int, int]
    block: tuple[int, int]


@dataclass(frozen=True)
class VirtualBand:
    """The one band of a mosaic.

    `colormap` holds RGBA and `names` the names of categories, by value.
    """

    name: str
    dtype: str
    nodata: int
    colormap: Mapping[int, Color] | None = None
    names: Mapping[int, str] | None = None


def write_virtual_mosaic(
    path: Path, frame: Frame, sources: Sequence[VirtualSource], band: VirtualBand
) -> None:
    """Write a VRT; `sources` are those of all scenes, by the numbers in the frame.

    Equal inputs give equal bytes.

    Where scenes overlap the first one with data decides; where none has data it is nodata. The file
    says the size of every source, so that GDAL opens a source when its pixels are read and not
    before.
    """
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(_head(frame, band))
        for placement in reversed(
            frame.placements
        ):  # of the sources of a VRT the last is drawn on top
            file.writelines(_source(sources[placement.scene], placement, band))
        file.write("  </VRTRasterBand>\n</VRTDataset>\n")


def _head(frame: Frame, band: VirtualBand) -> Iterator[str]:
    grid = frame.grid
    a, b, c, d, e, f = (float(value) for value in tuple(grid.affine)[:6])
    yield f'<VRTDataset rasterXSize="{grid.width}" rasterYSize="{grid.height}">\n'
    yield f"  <SRS>{escape(crs_of(grid).to_wkt())}</SRS>\n"
    yield f"  <GeoTransform>{c!r}, {a!r}, {b!r}, {f!r}, {d!r}, {e!r}</GeoTransform>\n"
    yield f'  <VRTRasterBand dataType="{DATA_TYPES[band.dtype]}" band="1">\n'
    if band.names:
        yield "    <Metadata>\n"
        yield from (
            f"      <MDI key={quoteattr(f'class_{value}')}>{escape(name)}</MDI>\n"
            for value, name in band.names.items()
        )
        yield "    </Metadata>\n"
    yield f"    <Description>{escape(band.name)}</Description>\n"
    yield f"    <NoDataValue>{band.nodata}</NoDataValue>\n"
    yield f"    <ColorInterp>{'Palette' if band.colormap else 'Gray'}</ColorInterp>\n"
    if band.colormap:
        yield "    <ColorTable>\n"
        for value in range(max(band.colormap) + 1):
            red, green, blue, alpha = band.colormap.get(value, (0, 0, 0, 255))
            yield f'      <Entry c1="{red}" c2="{green}" c3="{blue}" c4="{alpha}"/>\n'
        yield "    </ColorTable>\n"


def _source(source: VirtualSource, placement: Placement, band: VirtualBand) -> Iterator[str]:
    (height, width), (block_height, block_width) = source.shape, source.block
    place = placement.window
    yield "    <ComplexSource>\n"
    yield f'      <SourceFilename relativeToVRT="1">{escape(source.path)}</SourceFilename>\n'
    yield "      <SourceBand>1</SourceBand>\n"
    yield (
        f'      <SourceProperties RasterXSize="{width}" RasterYSize="{height}" '
        f'DataType="{DATA_TYPES[band.dtype]}" BlockXSize="{block_width}" '
        f'BlockYSize="{block_height}"/>\n'
    )
    yield f'      <SrcRect xOff="0" yOff="0" xSize="{width}" ySize="{height}"/>\n'
    yield (
        f'      <DstRect xOff="{place.column}" yOff="{place.row}" xSize="{place.width}" '
        f'ySize="{place.height}"/>\n'
    )
    yield f"      <NODATA>{band.nodata}</NODATA>\n"
    yield "    </ComplexSource>\n"
