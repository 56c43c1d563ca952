"""Networks with an encoder for each source: a missing one leaves no trace, the others count."""

from __future__ import annotations

import io

import numpy as np
import onnxruntime
import pytest
import torch
from safetensors.torch import save_file
from scipy import ndimage
from torch.nn import functional

from rs_seg.algorithms.networks import (
    NormalisedNetwork,
    ProbabilityNetwork,
    build_network,
    restore_network,
)
from rs_seg.algorithms.networks.fusion import FusedEncoder, Fusion
from rs_seg.algorithms.networks.onnx import to_onnx
from rs_seg.algorithms.networks.receptive_field import measure_receptive_field
from rs_seg.algorithms.networks.temporal.table import Dating
from rs_seg.algorithms.training.optimization import encoder_of, set_frozen
from rs_seg.errors import UserError
from rs_seg.values.band_groups import BandGroup

OPTICAL = BandGroup(source="optical", bands=("red", "nir"))
RADAR = BandGroup(source="radar", bands=("vv", "vh"), optional=True)
DATES = BandGroup(source="planet", bands=("blue",), slots=2)
BANDS = (*OPTICAL.names, *RADAR.names)
HAS_RADAR = BANDS.index("has_radar")
SMALL = "tu-test_resnet"


def build(
    *groups: BandGroup, drop: float = 0.0, architecture: str = "unet", **changes: object
) -> torch.nn.Module:
    torch.manual_seed(0)
    groups = groups or (OPTICAL, RADAR)
    settings = {"encoder": SMALL, "class_count": 4, "bands": Fusion(groups, {}).bands, **changes}
    encoders = settings.pop("encoders", {})
    return build_network(architecture, fusion=Fusion(groups, encoders, drop), **settings)


def draw(count: int = 2, side: int = 64) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    pixels = torch.randn(count, len(BANDS), side, side, generator=generator)
    pixels[:, HAS_RADAR] = 1
    return pixels


@pytest.mark.parametrize("architecture", ["unet", "fpn", "deeplabv3plus", "segformer", "pspnet"])
def test_a_source_that_is_missing_leaves_no_trace(architecture: str) -> None:
    network = build(architecture=architecture, encoder="resnet18").eval()
    pixels, others = draw(), draw()
    others[:, 2:4] = 100.0
    with torch.inference_mode():
        assert not torch.allclose(network(pixels), network(others))
        for without in (pixels, others):
            without[:, HAS_RADAR] = 0
        torch.testing.assert_close(network(pixels), network(others), rtol=0, atol=0)


def test_features_are_the_mean_over_the_sources_that_are_there() -> None:
    encoder = build().get_submodule("encoder").eval()
    assert isinstance(encoder, FusedEncoder)
    with torch.no_grad():
        encoder.scores.copy_(torch.arange(encoder.scores.numel()).reshape(encoder.scores.shape) / 9)
        pixels = draw()
        pixels[:, HAS_RADAR, :, 32:] = 0
        radar = pixels[:, 2:4] * pixels[:, HAS_RADAR : HAS_RADAR + 1]
        parts = [encoder.encoders[0](pixels[:, :2]), encoder.encoders[1](radar)]
        joined = encoder(pixels)
        weights = encoder.scores.exp()
    for level, stride in ((1, 2), (3, 8), (5, 32)):
        share = functional.avg_pool2d(pixels[:, HAS_RADAR : HAS_RADAR + 1], stride)
        radar_weight = weights[1, level] * share
        expected = (weights[0, level] * parts[0][level] + radar_weight * parts[1][level]) / (
            weights[0, level] + radar_weight
        )
        torch.testing.assert_close(joined[level], expected, rtol=1e-5, atol=1e-5)
        assert share.unique().tolist() == [0, 1]


def test_where_no_source_is_features_are_0() -> None:
    lonely = BandGroup(source="s2", bands=("red",), optional=True)
    encoder = build(lonely, RADAR).get_submodule("encoder").eval()
    with torch.inference_mode():
        features = encoder(torch.zeros(1, 5, 64, 64))
    assert all(bool((level == 0).all()) for level in features)


def test_a_source_with_dates_is_there_where_one_date_is() -> None:
    network = build(OPTICAL, DATES).eval()
    pixels = torch.randn(1, 6, 64, 64)
    other = pixels.clone()
    other[:, [2, 4]] = 50.0
    with torch.inference_mode():
        for own in (pixels, other):
            own[:, [3, 5]] = 0.0  # both days
        torch.testing.assert_close(network(pixels), network(other), rtol=0, atol=0)
        pixels[:, 5] = other[:, 5] = 200.0
        assert not torch.allclose(network(pixels), network(other))


def test_training_leaves_out_optional_sources_only_and_never_all() -> None:
    encoder = build(drop=0.5).get_submodule("encoder").train()
    assert isinstance(encoder, FusedEncoder)
    torch.manual_seed(3)
    present = encoder._drop_some(torch.ones(2, 4000, 1, 1))[:, :, 0, 0]
    assert present[0].mean() == 1
    assert 0.45 < present[1].mean() < 0.55
    both = build(
        BandGroup(source="s2", bands=("red",), optional=True), RADAR, drop=0.9
    ).get_submodule("encoder")
    assert isinstance(both, FusedEncoder)
    there = torch.ones(2, 4000, 1, 1)
    there[1, ::2] = 0
    left = both._drop_some(there)[:, :, 0, 0]
    assert bool((left.sum(dim=0) > 0).all())
    assert bool((left[0, ::2] == 1).all()), "the only source of a window stays"
    assert left.mean() < there.mean()


def test_of_sources_with_dates_training_leaves_out_those_that_scenes_may_lack() -> None:
    for optional in (False, True):
        dated = DATES.model_copy(update={"optional": optional})
        encoder = build(dated, RADAR, drop=0.5).get_submodule("encoder")
        assert isinstance(encoder, FusedEncoder)
        torch.manual_seed(3)
        present = encoder._drop_some(torch.ones(2, 400, 1, 1))[:, :, 0, 0]
        assert bool((present[0] == 1).all()) is not optional


def test_in_evaluation_nothing_is_left_out() -> None:
    network, pixels = build(drop=0.9).eval(), draw()
    with torch.inference_mode():
        torch.testing.assert_close(network(pixels), network(pixels), rtol=0, atol=0)
        assert not torch.allclose(
            network(pixels), network(pixels * (torch.arange(5) < 4)[:, None, None])
        )


def test_gradient_reaches_every_layer_of_every_encoder() -> None:
    network = build()
    network(draw()).square().mean().backward()
    silent = [name for name, own in network.named_parameters() if own.grad is None]
    assert silent == []
    scores = network.get_submodule("encoder").scores.grad
    assert scores[:, 1:].abs().min() > 0


def test_encoders_of_other_widths_are_brought_to_that_of_the_first() -> None:
    network = build(encoder="resnet18", encoders={"radar": "mobilenet_v2"}).eval()
    encoder = network.get_submodule("encoder")
    assert tuple(encoder.out_channels[1:]) == (64, 64, 128, 256, 512)
    with torch.inference_mode():
        assert network(draw()).shape == (2, 4, 64, 64)


@pytest.mark.parametrize("architecture", ["dpt", "fcn8s"])
def test_architectures_that_take_no_features_are_refused(architecture: str) -> None:
    with pytest.raises(UserError, match="cannot have several encoders") as told:
        build(architecture=architecture, encoder=None)
    assert "unet" in str(told.value)


def test_pretrained_weights_go_to_all_encoders_that_are_the_networks(tmp_path) -> None:
    whole = build_network("unet", encoder=SMALL, bands=3, class_count=2).get_submodule(
        "encoder.model"
    )
    path = tmp_path / "encoder.safetensors"
    save_file({name: value.contiguous() for name, value in whole.state_dict().items()}, path)
    network = build(encoders={"optical": "tu-test_resnet"}, weights=str(path))
    encoders = network.get_submodule("encoder").encoders
    name = "model.layer1.0.conv1.weight"
    expected = whole.state_dict()[name.removeprefix("model.")]
    assert all(torch.equal(own.state_dict()[name], expected) for own in encoders)


def test_what_joins_the_sources_is_trained_while_their_encoders_are_frozen() -> None:
    network = build(encoder="resnet18", encoders={"radar": "mobilenet_v2"})
    encoders = encoder_of(network)
    set_frozen(encoders, frozen=True)
    frozen = {name for name, own in network.named_parameters() if not own.requires_grad}
    assert frozen
    assert all(name.startswith("encoder.encoders.") for name in frozen)
    assert "encoder.scores" not in frozen
    assert len(frozen) == sum(1 for _ in network.get_submodule("encoder.encoders").parameters())


def test_a_model_file_and_an_onnx_model_give_the_same_network() -> None:
    network = NormalisedNetwork(build(), mean=[1, 2, 3, 4, 0], std=[1, 2, 1, 2, 1]).eval()
    description = {
        "architecture": "unet",
        "encoder": SMALL,
        "fuse": "late",
        "encoders": {},
        "groups": [group.model_dump() for group in (OPTICAL, RADAR)],
    }
    tensors = {key: value.numpy() for key, value in network.state_dict().items()}
    restored = restore_network(
        description, tensors, mean=[1, 2, 3, 4, 0], std=[1, 2, 1, 2, 1], class_count=4
    )
    pixels = draw()
    pixels[:, HAS_RADAR, :32] = 0
    pixels[0, :, 5, 5] = float("nan")
    with torch.inference_mode():
        expected = ProbabilityNetwork(network)(pixels)
        torch.testing.assert_close(ProbabilityNetwork(restored)(pixels), expected)
    session = onnxruntime.InferenceSession(
        io.BytesIO(to_onnx(network, band_count=5, window=64)).read()
    )
    (found,) = session.run(None, {session.get_inputs()[0].name: pixels.numpy()})
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-4)
    broken = {**description, "groups": "both"}
    with pytest.raises(UserError, match="description of the network is wrong"):
        restore_network(broken, tensors, mean=[0] * 5, std=[1] * 5, class_count=4)


def test_a_fused_network_has_the_receptive_field_of_its_encoders() -> None:
    fused = NormalisedNetwork(build(), mean=[0.0] * 5, std=[1.0] * 5).eval()
    plain = NormalisedNetwork(
        build_network("unet", encoder=SMALL, bands=2, class_count=4), mean=[0.0] * 2, std=[1.0] * 2
    ).eval()
    both = [measure_receptive_field(own, tile=64, seed=0) for own in (fused, plain)]
    assert both[0].exact
    assert both[0].support == both[1].support


def draw_fields(generator: np.random.Generator, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Windows of optical and radar, and four classes: two by two alike in each sensor."""
    shape = (count, 32, 32)
    green, rough = (
        ndimage.gaussian_filter(generator.standard_normal(shape), (0, 4, 4)) > 0 for _ in range(2)
    )
    optical = np.stack([0.5 - green, green - 0.5], axis=1) + 0.5 * generator.standard_normal(
        (count, 2, 32, 32)
    )
    power = np.where(rough, 4.0, 1.0)[:, None] * generator.gamma(4, 0.25, (count, 2, 32, 32))
    radar = (10 * np.log10(power) - 3) / 3.5
    pixels = np.concatenate([optical, radar, np.ones((count, 1, 32, 32))], axis=1)
    return torch.from_numpy(pixels).float(), torch.from_numpy(2 * green + rough).long()


def train_and_map(bands: list[int], *groups: BandGroup, steps: int = 18) -> list[float]:
    """Shares of right pixels of new windows: as they are, and without the radar."""
    torch.manual_seed(0)
    generator = np.random.default_rng(0)
    settings = {"encoder": SMALL, "class_count": 4, "decoder_channels": (32, 32, 16, 16, 8)}
    fusion = Fusion(groups, {}, drop=0.3) if groups else None
    network = build_network(
        "unet", bands=fusion.bands if fusion else len(bands), fusion=fusion, **settings
    )
    optimizer = torch.optim.AdamW(network.parameters(), lr=4e-3)
    for _ in range(steps):
        pixels, target = draw_fields(generator, 8)
        loss = functional.cross_entropy(network(pixels[:, bands]), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    pixels, target = draw_fields(np.random.default_rng(1), 64)
    shares = []
    with torch.inference_mode():
        for radar in (1, 0):
            pixels[:, 2:] *= radar
            mapped = network.eval()(pixels[:, bands]).argmax(dim=1)
            shares.append(float((mapped == target).float().mean()))
    return shares


@pytest.mark.slow
def test_fused_beats_each_sensor_and_falls_back_to_the_one_that_is_left() -> None:
    fused, without = train_and_map([0, 1, 2, 3, 4], OPTICAL, RADAR)
    optical, _ = train_and_map([0, 1])
    radar, _ = train_and_map([2, 3])
    assert fused > max(optical, radar) + 0.2
    assert abs(without - optical) < 0.06


def test_a_source_with_dates_may_have_an_encoder_that_sees_them_one_by_one() -> None:
    groups = (DATES, RADAR)
    fusion = Fusion(groups, {})
    torch.manual_seed(0)
    settings = {"encoder": SMALL, "class_count": 4, "bands": fusion.bands, "fusion": fusion}
    network = build_network("unet", dates=Dating(groups), **settings).eval()
    pixels = torch.randn(1, 7, 64, 64)
    pixels[:, [1, 3, 6]] = torch.tensor([100.0, 200.0, 1.0])[None, :, None, None]
    swapped = pixels[:, [2, 3, 0, 1, 4, 5, 6]]
    with torch.inference_mode():
        torch.testing.assert_close(network(swapped), network(pixels), rtol=1e-4, atol=1e-5)
        third = torch.cat([pixels[:, :4], pixels[:, :2], pixels[:, 4:]], dim=1)
        third[:, 4:6] = 0  # a date more than in training, without data
        torch.testing.assert_close(network(third), network(pixels), rtol=1e-4, atol=1e-5)
        pixels[:, 3] = 0  # the second date is missing
        other = pixels.clone()
        other[:, 2] = 50.0
        torch.testing.assert_close(network(other), network(pixels), rtol=0, atol=0)
