"""A file of a run is known by its place: what the layout writes it reads again."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rs_seg.values.layout import FOLDED, PLACES, find_place

NAMES = {"scene": "town, ä 1", "network": "unet_fold2", "refinement": "crf", "fold": "2"}
NAMES |= {"detector": "centre", "suppression": "nms", "place": "a <b>", "dates": "2019_2023"}


@pytest.mark.parametrize(("kind", "place"), [*PLACES.items(), *FOLDED.items()])
@pytest.mark.parametrize("root", ["/r", "/r/maps", "/r/maps/scenes"])
def test_a_place_is_read_as_it_was_written_whatever_the_folder_of_results_is_called(
    kind: str, place: str, root: str
) -> None:
    path = Path(root, place.format(**NAMES))
    key = tuple(NAMES[title] for title in re.findall(r"{(\w+)}", place) if title != "fold")
    assert find_place(path, root) == (Path(root), kind, key)


def test_files_in_another_folder_than_the_results_are_known_by_the_end_of_their_path() -> None:
    path = Path("/copy/maps/a/unet/crf/classes.tif")
    assert find_place(path, "/results") == (Path("/copy"), "classes", ("a", "unet", "crf"))
    assert find_place(path) == find_place(path, "/results")


@pytest.mark.parametrize(
    "name",
    ["image.tif", "scenes/a/b/image.tif", "maps/a/classes.tif", "scenes/a/other.tif", "a/b.json"],
)
def test_other_files_have_no_place(name: str) -> None:
    assert find_place(Path("/r", name)) is None
