"""How places are brought from one datum to another, as people are told."""

from __future__ import annotations

from pyproj import CRS

from rs_seg.io.raw.operations import Operation, describe_operation

GERMANY = (9.0, 51.0, 10.0, 52.0)
MEXICO = (-93.0, 17.0, -92.0, 18.0)


def test_a_projection_alone_is_exact():
    operation = describe_operation(CRS("EPSG:4326"), CRS("EPSG:32632"), GERMANY)
    assert (operation.accuracy_m, operation.ballpark, operation.missing_grids) == (0.0, False, ())
    assert operation.find_worry(pixel_m=0.01) is None


def test_a_change_of_datum_worries_where_pixels_are_finer_than_its_accuracy():
    operation = describe_operation(CRS("EPSG:4326"), CRS("EPSG:25832"), GERMANY)
    assert operation.accuracy_m == 1.0
    assert operation.find_worry(pixel_m=10) is None
    assert "exact to 1 m only, more than a pixel of 0.2 m" in (
        operation.find_worry(pixel_m=0.2) or ""
    )


def test_a_missing_grid_is_named_with_how_to_get_it():
    operation = describe_operation(CRS("EPSG:31467"), CRS("EPSG:25832"), GERMANY)
    if operation.missing_grids:
        worry = operation.find_worry(pixel_m=0.1)
        assert worry is not None
        assert f"pyproj sync --file {operation.missing_grids[0]}" in worry
    else:
        assert operation.accuracy_m is not None
        assert operation.accuracy_m < 1


def test_a_ballpark_operation_worries_whatever_the_pixel():
    operation = describe_operation(CRS("EPSG:4269"), CRS("EPSG:32615"), MEXICO)
    assert operation.ballpark
    assert operation.accuracy_m is None
    assert "takes one datum for the other" in (operation.find_worry(pixel_m=1000) or "")
    assert str(operation).endswith("(ballpark: accuracy unknown)")


def test_grids_that_are_missing_are_listed_in_the_advice():
    operation = Operation("shift", 5.0, ballpark=False, missing_grids=("a.tif", "b.tif"))
    assert operation.find_worry(1.0) == (
        "the operation shift is exact to 5 m only, more than a pixel of 1 m; a better one needs "
        "the grid a.tif, b.tif, which PROJ does not find here: get it with `pyproj sync --file "
        "a.tif`"
    )
