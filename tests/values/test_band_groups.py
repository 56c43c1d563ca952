import pytest

from rs_seg.values.band_groups import BandGroup, group_positions, positions_of

OPTICAL = BandGroup(source="optical", bands=("red", "nir"), slots=2)
HEIGHT = BandGroup(source="height", bands=("dsm",), optional=True)
PLAIN = BandGroup(source="plain", bands=("x",))


def test_slots_come_in_order_of_time_each_with_its_day() -> None:
    assert OPTICAL.names == (
        *("red@1", "nir@1", "day_optical@1"),
        *("red@2", "nir@2", "day_optical@2"),
    )
    assert OPTICAL.measured == ("red@1", "nir@1", "red@2", "nir@2")


def test_a_source_that_scenes_may_lack_has_a_band_that_says_where_it_is() -> None:
    assert HEIGHT.names == ("dsm", "has_height")
    assert HEIGHT.measured == ("dsm",)
    assert PLAIN.names == ("x",)


def test_groups_lie_one_after_the_other() -> None:
    assert positions_of([PLAIN, OPTICAL, HEIGHT]) == {
        "plain": range(1),
        "optical": range(1, 7),
        "height": range(7, 9),
    }


def test_bands_are_found_by_name_in_any_order() -> None:
    names = ("has_height", "x", "dsm")
    assert group_positions([PLAIN, HEIGHT], names) == [[1], [2, 0]]
    with pytest.raises(ValueError, match="no band 'dsm'"):
        group_positions([HEIGHT], ("x", "has_height"))


def test_days_say_already_where_an_optional_source_with_dates_is() -> None:
    assert OPTICAL.model_copy(update={"optional": True}).names == OPTICAL.names
