"""What every network for several dates owes, and the numbers of the papers."""

from __future__ import annotations

from collections.abc import Callable

import onnxruntime
import pytest
import segmentation_models_pytorch as smp
import torch

from rs_seg.algorithms.networks import NormalisedNetwork
from rs_seg.algorithms.networks.onnx import to_onnx
from rs_seg.algorithms.networks.support import find_support
from rs_seg.algorithms.networks.temporal.dates import DatesLayout, dates_layout
from rs_seg.algorithms.networks.temporal.pooling import POOLINGS, DatedEncoder
from rs_seg.algorithms.networks.temporal.siamese import FcSiam
from rs_seg.algorithms.networks.temporal.tempcnn import TempCnn, resample_dates
from rs_seg.algorithms.networks.temporal.utae import Utae
from rs_seg.errors import UserError
from rs_seg.values.band_groups import BandGroup

LAYOUT = DatesLayout("s2", band_count=2, before=1, behind=0)
"""A surface model, then dates of two bands."""
DAYS = (12.0, 80.0, 0.0, 200.0)


def pooled(pooling: str) -> torch.nn.Module:
    network = smp.Unet("tu-test_resnet", encoder_weights=None, in_channels=5, classes=3)
    network.encoder = DatedEncoder(network.encoder, LAYOUT, pooling=pooling)
    return network


NETWORKS: dict[str, Callable[[], torch.nn.Module]] = {
    "utae": lambda: Utae(LAYOUT, class_count=3, width=16),
    "tempcnn": lambda: TempCnn(LAYOUT, class_count=3, width=8, steps=5, days=(1, 365)),
    **{name: lambda name=name: pooled(name) for name in POOLINGS},
}


def image(days: tuple[float, ...] = DAYS, *, clouds: bool = True) -> torch.Tensor:
    """Two windows with dates on these days; the first date is missing in a corner of one."""
    torch.manual_seed(1)
    pixels = torch.randn(2, 1 + 3 * len(days), 32, 64)
    pixels[:, 3::3] = torch.tensor(days)[None, :, None, None]
    if clouds:
        pixels[0, 3, :16, :16] = 0
    return pixels


@pytest.fixture(params=NETWORKS, scope="module")
def network(request):
    torch.manual_seed(0)
    return NETWORKS[request.param]().eval()


GROUPS = (
    BandGroup(source="dsm", bands=("height",)),
    BandGroup(source="s2", bands=("red", "nir"), slots=len(DAYS)),
)


def whole(network: torch.nn.Module) -> NormalisedNetwork:
    band_count = sum(len(group.names) for group in GROUPS)
    return NormalisedNetwork(
        network, mean=[0] * band_count, std=[1] * band_count, groups=GROUPS
    ).eval()


@pytest.mark.parametrize("name", ["utae", "tempcnn"])
def test_an_exported_network_computes_missing_dates_to_the_same_end(name):
    torch.manual_seed(0)
    network = whole(NETWORKS[name]())
    model = to_onnx(network, band_count=13, window=32)
    pixels = image()
    with torch.inference_mode():
        expected = torch.softmax(network(pixels, torch.ones(2, 32, 64, dtype=torch.bool)), dim=1)
    session = onnxruntime.InferenceSession(model)
    (computed,) = session.run(None, {"pixels": pixels.numpy()})
    assert abs(computed - expected.numpy()).max() < 1e-4


def count(network: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


class TestContract:
    """What every network for any number of dates owes."""

    def test_room_for_dates_that_are_not_there_changes_nothing(self, network):
        pixels = image()
        without = torch.cat([pixels[:, :7], pixels[:, 10:]], dim=1)
        with torch.inference_mode():
            assert torch.allclose(network(pixels), network(without), atol=1e-6)

    def test_values_of_missing_dates_leave_no_trace(self, network):
        pixels, other = image(), image()
        other[:, 7:9] = 99  # the date without a day
        other[0, 1:3, :16, :16] = -99  # under the cloud
        with torch.inference_mode():
            assert torch.equal(network(pixels), network(other))

    def test_days_that_are_there_do_matter(self, network):
        with torch.inference_mode():
            changed = network(image((12.0, 80.0, 150.0, 200.0))) - network(image())
        assert changed.abs().max() > 1e-3

    def test_a_window_without_any_date_gives_finite_logits_and_gradients(self, network):
        pixels = image((0.0, 0.0), clouds=False)
        network.zero_grad()
        network(pixels).square().mean().backward()
        gradients = [own.grad for own in network.parameters() if own.grad is not None]
        assert gradients
        assert all(gradient.isfinite().all() for gradient in gradients)

    def test_gradient_reaches_every_parameter(self, network):
        network.zero_grad()
        network.train()(image()).square().mean().backward()
        network.eval()
        unreached = [name for name, own in network.named_parameters() if own.grad is None]
        assert unreached == []


@pytest.mark.parametrize(
    ("network", "parameters"),
    [
        # table 1 of Garnot and Landrieu 2021 says 1,087 thousand: 10 bands, 20 classes
        (lambda: Utae(DatesLayout("s2", 10, 0, 0), class_count=20), 1_087_260),
        # 3 convolutions of 64 and a dense layer of 256 on 46 dates of 3 bands, 13 classes
        (
            lambda: TempCnn(
                DatesLayout("f2", 3, 0, 0), class_count=13, width=64, steps=46, days=(1, 365)
            ),
            (3 * 5 * 64 + 64 + 128)
            + 2 * (64 * 5 * 64 + 64 + 128)
            + (46 * 64 * 256 + 256 + 512)
            + (256 * 13 + 13),
        ),
        # as the authors' code has them, of images with 3 bands
        (
            lambda: FcSiam(DatesLayout("s2", 3, 0, 0), joining="difference", class_count=2),
            1_350_146,
        ),
        (
            lambda: FcSiam(DatesLayout("s2", 3, 0, 0), joining="concatenation", class_count=2),
            1_545_986,
        ),
    ],
)
def test_parameter_counts_are_those_of_the_papers(network, parameters):
    with torch.device("meta"):
        assert count(network()) == parameters


def test_dates_are_resampled_on_straight_lines_between_those_that_a_pixel_has():
    series = [(10, 100), (20, 200), (99, 0), (40, 300)]  # value and day; day 0: missing
    pixels = torch.tensor(series, dtype=torch.float32).reshape(1, 8, 1, 1)
    dates = DatesLayout("s2", 1, 0, 0).split(pixels)
    resampled = resample_dates(dates, torch.tensor([1.0, 100, 150, 200, 250, 365]))
    assert resampled.flatten().tolist() == [10, 10, 15, 20, 30, 40]


def test_two_dates_of_one_day_are_averaged():
    pixels = torch.tensor([2.0, 50, 4, 50]).reshape(1, 4, 1, 1)
    dates = DatesLayout("s2", 1, 0, 0).split(pixels)
    assert resample_dates(dates, torch.tensor([50.0, 60])).flatten().tolist() == [3, 3]


def pair(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Windows of two dates of two bands."""
    day = torch.ones_like(first[:, :1])
    return torch.cat([first, day, second, 200 * day], dim=1)


@pytest.mark.parametrize("joining", ["difference", "concatenation"])
class TestSiamese:
    """What networks for two dates owe."""

    def build(self, joining: str) -> FcSiam:
        torch.manual_seed(0)
        return FcSiam(DatesLayout("s2", 2, 0, 0), joining=joining, class_count=2, width=4).eval()

    def test_the_same_date_twice_has_no_difference_at_any_level(self, joining):
        network, window = self.build(joining), torch.randn(1, 2, 32, 32)
        skipped = []
        for block, enlarge in zip(network.up, network.enlarge, strict=True):
            width = enlarge.out_channels
            block.register_forward_pre_hook(
                lambda _, inputs, width=width: skipped.append(inputs[0][:, width:])
            )
        with torch.inference_mode():
            network(pair(window, window))
        assert len(skipped) == 4
        if joining == "difference":
            assert all((level == 0).all() for level in skipped)
        else:
            assert all(torch.equal(*level.chunk(2, dim=1)) for level in skipped)

    def test_a_pixel_that_lacks_a_date_is_empty_in_both(self, joining):
        network = self.build(joining)
        whole = pair(torch.randn(1, 2, 32, 32), torch.randn(1, 2, 32, 32))
        whole[:, 5, :8] = 0
        other = whole.clone()
        other[:, :2, :8] = 7
        with torch.inference_mode():
            assert torch.equal(network(whole), network(other))

    def test_other_numbers_of_dates_are_refused(self, joining):
        with pytest.raises(UserError, match="compares two dates"):
            self.build(joining)(torch.ones(1, 9, 32, 32))


def test_the_layout_of_dates_follows_from_the_groups():
    optional = BandGroup(source="dsm", bands=("height",), optional=True)
    series = BandGroup(source="s2", bands=("red", "nir"), slots=4)
    layout = dates_layout([optional, series, BandGroup(source="slope", bands=("slope",))])
    assert layout == DatesLayout("s2", band_count=2, before=2, behind=1)
    assert (layout.width, layout.count_dates(2 + 4 * 3 + 1)) == (5, 4)


@pytest.mark.parametrize("sources", [[], ["s1", "s2"]])
def test_one_source_must_have_dates(sources):
    groups = [BandGroup(source=source, bands=("red",), slots=2) for source in sources]
    with pytest.raises(UserError, match="one source with dates"):
        dates_layout([*groups, BandGroup(source="dsm", bands=("height",))])


@pytest.mark.parametrize(
    ("network", "support"),
    [
        (lambda layout: TempCnn(layout, class_count=2, width=1, steps=3, days=(1, 365)), (1, 0)),
        pytest.param(
            lambda layout: FcSiam(layout, joining="difference", class_count=2, width=1),
            (16, 114),
            marks=pytest.mark.slow,
        ),
    ],
)
def test_how_far_networks_of_dates_see_follows_from_their_layers(network, support):
    # a difference of equal dates and a mean that is taken off must not hide the pixels behind them
    found = find_support(network(DatesLayout("s2", 1, 0, 0)), 4)
    assert (found.stride, found.radius) == support
