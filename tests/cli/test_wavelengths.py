"""A configuration with ranges of wavelengths has the names of all its bands before any work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from rs_seg.cli.wavelengths import fill_wavelengths
from rs_seg.config import RunConfig, load_config, parse_config
from rs_seg.errors import UserError
from tests.config.test_load import changed
from tests.io.raw.test_wavelengths import SPECTRUM, write


def load(folder: Path, **source: Any) -> RunConfig:
    values = changed(
        data_root=str(folder),
        sources={"image": {"path": "{scene}.tif", **source}},
        models={"forest": {"architecture": "random_forest", "features": ["'500nm' / '510nm'"]}},
    )
    path = folder / "my.yaml"
    path.write_text(yaml.safe_dump(values))
    return load_config(path, complete=fill_wavelengths)


def test_ranges_become_the_bands_of_the_first_scene_that_has_a_file(tmp_path: Path) -> None:
    write(tmp_path / "south.tif", SPECTRUM)
    run = load(tmp_path, bands=["480nm..520nm"], drop_bands=["0.485um..0.495um"])
    assert run.bands == ("480nm", "500nm", "510nm", "520nm")
    assert run.models["forest"].formulas == ("('500nm' / '510nm')",)
    assert parse_config(run.model_dump(mode="json")).bands == run.bands


def test_names_without_a_range_need_no_file(tmp_path: Path) -> None:
    assert load(tmp_path, bands=["500nm", "510nm"]).bands == ("500nm", "510nm")


def test_a_range_without_any_file_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match="wavelengths cannot be looked up, because no scene has a file"
    ):
        load(tmp_path, bands=["480nm..520nm"])


def test_other_faults_of_the_configuration_are_told_as_ever(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="'bnds'"):
        load(tmp_path, bands=["480nm..520nm"], bnds=[])
    with pytest.raises(UserError, match=r"falls; expected '400nm..500nm'"):
        load(tmp_path, bands=["500nm..400nm"])


def test_ranges_that_nobody_looked_up_are_refused() -> None:
    source = {"image": {"path": "{scene}.tif", "bands": ["480nm..520nm"]}}
    with pytest.raises(UserError, match="gives bands by wavelength, which were not looked up"):
        parse_config(changed(sources=source))
