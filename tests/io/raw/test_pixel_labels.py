"""Labels in pixels of an image, of every format that has them, on the grid of the scene."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely

from rs_seg.errors import UserError
from rs_seg.io.raw.labels import find_label_file_faults, holds_shapes, read_label_polygons
from rs_seg.io.raw.pixel_labels import holds_pixel_shapes
from rs_seg.io.raw.vector import LabelReading
from rs_seg.testing import grid_at, rotated_grid, square, write_polygons

GRID = rotated_grid(40, 60)
RING = [10.0, 5.0, 20.0, 5.0, 20.0, 12.0]


def coco(path, annotations, *, images=None, **more):
    images = images or [{"id": 7, "file_name": "town.tif", "height": 40, "width": 60}]
    full = [{"image_id": 7, "category_id": 1, **given} for given in annotations]
    file = {
        "info": {},
        "images": images,
        "annotations": full,
        "categories": [{"id": 1, "name": "tree"}, {"id": 2, "name": "car"}],
        **more,
    }
    path.write_text(json.dumps(file), encoding="utf-8")
    return path


def read(path, *, grid=GRID, scene=None, **options):
    return read_label_polygons(
        path, LabelReading(**{"column": "class", **options}), grid, scene=scene
    )


def in_pixels(labels, grid=GRID):
    back = ~grid.affine
    return shapely.transform(labels.geometries, lambda xy: np.column_stack(back * tuple(xy.T)))


def test_polygons_masks_and_boxes_lie_at_their_pixels_of_a_turned_grid(tmp_path):
    mask = np.zeros((40, 60), dtype=int)
    mask[3:6, 30:35] = 1
    flat = mask.ravel(order="F")
    runs = np.diff([0, *(np.flatnonzero(np.diff(flat)) + 1), flat.size]).tolist()
    path = coco(
        tmp_path / "a.json",
        [
            {"segmentation": [RING], "bbox": [0, 0, 1, 1]},
            {"segmentation": {"counts": runs, "size": [40, 60]}, "iscrowd": 1, "category_id": 2},
            {"bbox": [1.5, 2, 3, 4]},
        ],
    )
    labels = read(path)
    assert labels.values == ["tree", "car", "tree"]
    assert labels.others["iscrowd"].tolist() == [0, 1, 0]
    assert labels.whole
    assert labels.stray is None
    expected = [
        shapely.Polygon(np.reshape(RING, (-1, 2))),
        shapely.box(30, 3, 35, 6),
        shapely.box(1.5, 2, 4.5, 6),
    ]
    shapes = in_pixels(labels)
    assert shapely.area(shapely.symmetric_difference(shapes, expected)).max() < 1e-6


def test_an_annotation_of_several_parts_stays_one(tmp_path):
    shifted = [number + 10 * (place % 2) for place, number in enumerate(RING)]
    path = coco(tmp_path / "a.json", [{"segmentation": [RING, shifted]}])
    labels = read(path)
    assert len(labels.geometries) == 1
    assert labels.geometries[0].geom_type == "MultiPolygon"


def test_the_image_of_the_scene_is_the_only_one_or_the_one_of_its_name(tmp_path):
    images = [{"id": 1, "file_name": "a/north.tif"}, {"id": 7, "file_name": "b\\south.tif"}]
    path = coco(tmp_path / "a.json", [{"bbox": [1, 2, 3, 4]}], images=images)
    assert len(read(path, scene="south").values) == 1
    assert len(read(path, scene="b").values) == 1
    assert len(read(path, scene="north").values) == 0, "an image without annotations has none"
    with pytest.raises(UserError, match=r"a/north.tif, b\\south.tif.*'west'"):
        read(path, scene="west")


def test_another_size_than_that_of_the_scene_is_a_fault(tmp_path):
    path = coco(tmp_path / "a.json", [{"bbox": [1, 2, 3, 4]}])
    with pytest.raises(UserError, match=r"40 x 60 pixels.*80 x 120 pixels"):
        read(path, grid=grid_at(80, 120))


def test_labels_beside_the_image_are_a_stray(tmp_path):
    path = coco(tmp_path / "a.json", [{"bbox": [70, 2, 3, 4]}])
    assert "columns 70.0 to 73.0" in str(read(path).stray)


def test_damaged_annotations_are_told_with_their_place(tmp_path):
    path = coco(tmp_path / "a.json", [{"bbox": [1, 2, 3]}])
    with pytest.raises(UserError, match=r"annotations\.0\.bbox"):
        read(path)
    path = coco(tmp_path / "b.json", [{"bbox": [1, 2, 3, 4], "category_id": 9}])
    with pytest.raises(UserError, match=r"annotations\.0: category_id 9"):
        read(path)
    path = coco(tmp_path / "c.json", [{"segmentation": {"counts": [5], "size": [40, 60]}}])
    faults = find_label_file_faults(path, LabelReading(column="class"))
    assert "annotations.0.segmentation: runs of 5 pixels" in str(faults[0])
    path.write_text(path.read_text()[:-9])
    with pytest.raises(UserError, match="COCO JSON cannot be read"):
        read(path)


def test_settings_for_maps_are_refused(tmp_path):
    path = coco(tmp_path / "a.json", [{"bbox": [1, 2, 3, 4]}])
    with pytest.raises(UserError, match=r"remove label\.radius"):
        read(path, radius=3)
    with pytest.raises(UserError, match=r"leave label\.column out"):
        read(path, column="kind")


def test_geojson_and_other_tables_are_no_pixel_labels(tmp_path):
    path = write_polygons(tmp_path / "a.json", [square(0, 0, 2)], columns={"class": ["x"]})
    assert not holds_pixel_shapes(path)
    (tmp_path / "b.csv").write_text("id,WKT\n1,POINT(0 0)\n")
    assert not holds_pixel_shapes(tmp_path / "b.csv")
    assert holds_shapes(coco(tmp_path / "c.json", []), None)


TABLE = "image_path,xmin,ymin,xmax,ymax,label\nnorth.tif,1,2,4,6,Tree\nsouth.tif,0,0,0,0,Tree\n"


def test_boxes_of_a_table_are_those_of_the_image(tmp_path):
    path = tmp_path / "boxes.csv"
    path.write_text(TABLE)
    labels = read(path, scene="north")
    assert labels.values == ["Tree"]
    assert (
        shapely.area(shapely.symmetric_difference(in_pixels(labels), shapely.box(1, 2, 4, 6)))
        < 1e-6
    )
    assert len(read(path, scene="south").values) == 0, "four zeros are an image without boxes"
    assert read(path, scene="north", column=None).values == [None]
    with pytest.raises(UserError, match=r"set label\.column to label"):
        read(path, scene="north", column="labels")


def test_a_table_with_a_corner_that_is_no_number_is_told(tmp_path):
    path = tmp_path / "boxes.csv"
    path.write_text("xmin,ymin,xmax,ymax,label\n1,2,3,4,tree\n1,2,x,4,tree\n")
    with pytest.raises(UserError, match="row 2"):
        read(path)


VOC = """<annotation>
  <filename>town.png</filename>
  <size><width>60</width><height>{height}</height><depth>3</depth></size>
  <object><name>Tree</name><difficult>1</difficult>
    <bndbox><xmin>1</xmin><ymin>2</ymin><xmax>4</xmax><ymax>{bottom}</ymax></bndbox></object>
  <object><name>Dead</name>
    <bndbox><xmin>10.5</xmin><ymin>2</ymin><xmax>14</xmax><ymax>6</ymax></bndbox></object>
</annotation>
"""


def voc(path, *, height=40, bottom="6", before=""):
    path.write_text(before + VOC.format(height=height, bottom=bottom))
    return path


@pytest.mark.parametrize("before", ["", '<?xml version="1.0" encoding="utf-8"?>\n', "\ufeff"])
def test_boxes_of_pascal_voc_have_their_names_and_flags(tmp_path, before):
    labels = read(voc(tmp_path / "a.xml", before=before))
    assert labels.values == ["Tree", "Dead"]
    assert labels.others["difficult"].tolist() == ["1", "0"]
    expected = [shapely.box(1, 2, 4, 6), shapely.box(10.5, 2, 14, 6)]
    difference = shapely.symmetric_difference(in_pixels(labels), expected)
    assert shapely.area(difference).max() < 1e-6


def test_damaged_xml_is_told(tmp_path):
    with pytest.raises(UserError, match="object 0, whose corners"):
        read(voc(tmp_path / "a.xml", bottom="low"))
    with pytest.raises(UserError, match="41 x 60 pixels"):
        read(voc(tmp_path / "b.xml", height=41))
    path = voc(tmp_path / "c.xml")
    path.write_text(path.read_text()[:-30])
    with pytest.raises(UserError, match="Pascal VOC cannot be read"):
        read(path)
    path.write_text(VOC.replace("<filename>", '<!DOCTYPE x [<!ENTITY y "z">]><filename>'))
    with pytest.raises(UserError, match="declaration"):
        read(path)
