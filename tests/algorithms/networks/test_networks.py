from __future__ import annotations

from typing import get_args

import huggingface_hub
import pytest
import torch
from safetensors.torch import save_file

from rs_seg.algorithms.networks import (
    ARCHITECTURES,
    NormalisedNetwork,
    ProbabilityNetwork,
    build_network,
    restore_network,
)
from rs_seg.algorithms.networks.activations import ACTIVATIONS
from rs_seg.config.architectures import ATROUS, DROPPING, UNTRAINED, Activation, Architecture
from rs_seg.errors import UserError


def options_of(architecture: str) -> dict[str, object]:
    """A small encoder, or a thin twin where the network has an encoder of its own."""
    row = ARCHITECTURES[architecture]
    if row.own_encoder is not None:
        return {"encoder": None, "width": 4 * row.width_multiple if row.width else None}
    small = {
        "segformer": "mit_b0",
        "dpt": "tu-test_vit",
        "swin_unet_convolutional": row.default_encoder,
    }
    return {"encoder": small.get(architecture, "resnet18")}


def build(architecture: str, band_count: int = 3, **changes: object) -> torch.nn.Module:
    torch.manual_seed(0)
    return build_network(
        architecture,
        **{**options_of(architecture), "bands": band_count, "class_count": 6, **changes},
    )


LARGE = (
    *("fc_densenet67", "fc_densenet103"),
    *(
        "torchvision_fcn_resnet101",
        "torchvision_deeplabv3_resnet50",
        "torchvision_deeplabv3_resnet101",
    ),
)


@pytest.mark.parametrize(
    "architecture",
    [pytest.param(each, marks=pytest.mark.slow if each in LARGE else ()) for each in ARCHITECTURES],
)
class TestContract:
    """What every member of the table owes."""

    @pytest.mark.parametrize("band_count", [1, 3, 4, 7])
    def test_output_has_the_size_of_the_input_for_any_number_of_bands(
        self, architecture, band_count
    ):
        network = build(architecture, band_count).eval()
        with torch.inference_mode():
            assert network(torch.randn(1, band_count, 128, 160)).shape == (1, 6, 128, 160)

    def test_gradient_flows_from_the_output_to_the_first_layer(self, architecture):
        network = build(architecture)
        network(torch.randn(2, 3, 128, 128)).square().mean().backward()
        gradients = {name: each.grad for name, each in network.named_parameters()}
        assert [name for name, each in gradients.items() if each is None] == []
        assert gradients[next(iter(gradients))].abs().sum() > 0
        assert all(each.isfinite().all() for each in gradients.values() if each is not None)

    def test_a_model_file_brings_back_the_same_network(self, architecture):
        whole = NormalisedNetwork(
            build(architecture, 4), mean=[1, 2, 3, 4], std=[1, 1, 2, 2]
        ).eval()
        tensors = {key: value.numpy() for key, value in whole.state_dict().items()}
        description = {
            "architecture": architecture,
            **options_of(architecture),
            "decoder_channels": None,
            "atrous_rates": None,
        }
        torch.manual_seed(99)
        restored = restore_network(
            description, tensors, mean=[1, 2, 3, 4], std=[1, 1, 2, 2], class_count=6
        )
        pixels, valid = torch.randn(1, 4, 128, 128), torch.rand(1, 128, 128) > 0.1
        with torch.inference_mode():
            assert torch.equal(restored(pixels, valid), whole(pixels, valid))
        assert not any(module.training for module in restored.modules())


def test_the_table_and_the_configuration_name_the_same_architectures():
    assert list(ARCHITECTURES) == list(get_args(Architecture))


def test_the_table_and_the_configuration_leave_the_same_choices_open():
    rows = ARCHITECTURES.items()
    assert set(ATROUS) == {name for name, row in rows if row.output_stride is not None}
    assert set(DROPPING) == {name for name, row in rows if row.dropout}
    assert set(UNTRAINED) == {name for name, row in rows if not row.pretrained}
    assert set(get_args(Activation)) == set(ACTIVATIONS)


@pytest.mark.parametrize(
    ("architecture", "encoder", "count"),
    [
        ("unet", "resnet34", 24_437_094),
        ("unet", "resnet50", 32_521_830),
        ("unetplusplus", "resnet34", 26_079_334),
        ("linknet", "resnet34", 21_772_102),
        ("manet", "resnet34", 31_784_358),
        ("fpn", "resnet50", 26_116_678),
        ("pspnet", "resnet50", 29_831_750),
        ("deeplabv3", "resnet50", 39_635_014),
        ("deeplabv3plus", "resnet50", 26_678_870),
        ("pan", "resnet50", 24_261_261),
        ("upernet", "resnet50", 37_285_958),
        ("segformer", "mit_b2", 24_723_654),
    ],
)
def test_parameter_counts_are_those_of_the_literature(architecture, encoder, count):
    network = build(architecture, encoder=encoder)
    assert sum(each.numel() for each in network.parameters()) == count


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"encoder": "resnet81"}, "did you mean resnet18"),
        ({"encoder": "tu-resnt50"}, "tu-resnet50"),
        ({"decoder_channels": [8, 8]}, "5 positive numbers"),
        ({"decoder_channels": [8, 8, 8, 8, 0]}, "5 positive numbers"),
        ({"weights": "imagnet"}, "(?s)imagnet.*choose other weights"),
        ({"weights": "missing.safetensors"}, "weights cannot be read"),
    ],
)
def test_what_does_not_exist_is_refused_with_a_remedy(changes, message):
    with pytest.raises(UserError, match=message):
        build("unet", **changes)


def dilations(network: torch.nn.Module) -> list[int]:
    """Rates of the three atrous convolutions of a DeepLab."""
    pyramid = next(each for name, each in network.named_modules() if name.endswith("convs"))
    found = [
        module.dilation[0]
        for module in pyramid.modules()
        if isinstance(module, torch.nn.Conv2d) and module.kernel_size == (3, 3)
    ]
    assert len(found) == 3
    return found


@pytest.mark.parametrize(
    ("architecture", "options", "rates", "stride"),
    [
        ("deeplabv3", {}, [12, 24, 36], 8),
        ("deeplabv3plus", {}, [6, 12, 18], 16),
        ("deeplabv3", {"output_stride": 16}, [6, 12, 18], 16),
        ("deeplabv3plus", {"output_stride": 8}, [12, 24, 36], 8),
        ("deeplabv3plus", {"atrous_rates": (1, 2, 3)}, [1, 2, 3], 16),
    ],
)
def test_atrous_rates_are_those_of_the_papers_for_each_output_stride(
    architecture, options, rates, stride
):
    network = build(architecture, **options).eval()
    assert dilations(network) == rates
    with torch.inference_mode():
        assert network.encoder(torch.zeros(1, 3, 64, 64))[-1].shape[-1] == 64 // stride
        assert network(torch.zeros(1, 3, 64, 96)).shape == (1, 6, 64, 96)


def test_pspnet_pools_the_deepest_features_at_an_eighth_of_the_size():
    network = build("pspnet").eval()
    with torch.inference_mode():
        deepest = network.encoder(torch.zeros(1, 3, 96, 64))[-1]
    assert deepest.shape == (1, 512, 12, 8)


@pytest.mark.parametrize(
    "architecture", [name for name, row in ARCHITECTURES.items() if row.dropout]
)
def test_dropout_is_the_share_that_is_asked_for_and_leaves_maps_alone(architecture):
    pixels = torch.randn(1, 3, 128, 128)
    network = build(architecture, dropout=0.9).eval()
    shares = {
        module.p
        for module in network.modules()
        if isinstance(module, (torch.nn.Dropout, torch.nn.Dropout2d))
    }
    assert shares == {0.9}
    with torch.inference_mode():
        torch.testing.assert_close(network(pixels), build(architecture, dropout=0.0).eval()(pixels))


@pytest.mark.parametrize("architecture", UNTRAINED)
def test_an_activation_is_in_every_place_of_a_relu(architecture):
    torch.manual_seed(0)
    published = build(architecture)
    torch.manual_seed(0)
    network = build(architecture, activation="gelu")
    kinds = [type(module) for module in network.modules()]
    assert kinds.count(torch.nn.ReLU) == 0
    relus = sum(isinstance(module, torch.nn.ReLU) for module in published.modules())
    assert kinds.count(torch.nn.GELU) == relus > 0
    network.load_state_dict(published.state_dict())


@pytest.mark.parametrize(
    "options", [{"output_stride": 8}, {"atrous_rates": (1, 2, 3)}, {"dropout": 0.5}]
)
def test_options_without_effect_are_refused_with_the_networks_that_take_them(options):
    with pytest.raises(UserError, match=r"(?s)no effect.*deeplabv3plus"):
        build("linknet", **options)


def test_a_model_file_that_tells_no_rates_has_those_of_the_library():
    """Files of DeepLabV3+ from before the rates were a setting hold weights for 12, 24 and 36."""
    network = build("deeplabv3plus", 3)
    whole = NormalisedNetwork(network, mean=[0, 0, 0], std=[1, 1, 1])
    tensors = {key: value.numpy() for key, value in whole.state_dict().items()}
    told = {"architecture": "deeplabv3plus", **options_of("deeplabv3plus")}
    for description, rates in ((told, [12, 24, 36]), ({**told, "atrous_rates": None}, [6, 12, 18])):
        restored = restore_network(description, tensors, mean=[0] * 3, std=[1] * 3, class_count=6)
        assert dilations(restored) == rates


def test_an_unknown_architecture_is_refused_with_the_nearest():
    with pytest.raises(UserError, match="did you mean unet"):
        build_network("unett", encoder="resnet18", bands=3, class_count=2)


def test_decoder_channels_are_refused_where_they_have_no_effect():
    with pytest.raises(UserError, match="unet, unetplusplus, manet"):
        build("fpn", decoder_channels=[8, 8, 8, 8, 8])


def test_encoder_weights_of_a_local_file_are_adapted_to_the_bands(tmp_path):
    source = build("unet", encoder="tu-test_resnet")
    tensors = {
        key: value.contiguous()
        for key, value in source.get_submodule("encoder").state_dict().items()
    }
    save_file(tensors, tmp_path / "encoder.safetensors")
    torch.manual_seed(5)
    network = build_network(
        "fpn",
        encoder="tu-test_resnet",
        bands=4,
        class_count=2,
        weights=str(tmp_path / "encoder.safetensors"),
    )
    own = network.get_submodule("encoder").state_dict()
    first = next(key for key, value in own.items() if value.ndim == 4)
    # the encoder divides by 0.5 where standardised bands are divided by their own spread, that of
    # ImageNet's colours
    scaled = tensors[first] * (torch.tensor([0.229, 0.224, 0.225]) / 0.5).reshape(1, 3, 1, 1)
    torch.testing.assert_close(own[first].sum(dim=1), scaled.sum(dim=1))
    assert all(torch.equal(own[key], tensors[key]) for key in own if key != first)


@pytest.mark.parametrize("band_count", [1, 2, 4, 7])
def test_adapted_encoders_see_grey_images_as_before(tmp_path, band_count):
    """An image whose bands are all equal gives the same features for any number of bands."""
    source = build("unet", encoder="resnet18").get_submodule("encoder").eval()
    torch.save(source.state_dict(), tmp_path / "encoder.pth")
    adapted = build(
        "unet", band_count, encoder="resnet18", weights=str(tmp_path / "encoder.pth")
    ).get_submodule("encoder")
    grey = torch.randn(1, 1, 64, 64)
    with torch.no_grad():
        features = zip(
            source(grey.expand(-1, 3, -1, -1))[1:],
            adapted.eval()(grey.expand(-1, band_count, -1, -1))[1:],
            strict=True,
        )
        for before, after in features:
            torch.testing.assert_close(after, before, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    ("own", "given", "message"),
    [
        ("resnet18", "resnet34", "a deeper encoder: .* tensors have no place, such as 'layer1.2"),
        ("resnet34", "resnet18", "no values for .* tensors such as 'layer1.2"),
        ("resnet18", "resnet50", "size mismatch"),
        ("resnet18", "vgg11", "no values for .* tensors"),
    ],
)
@pytest.mark.parametrize("whole", [False, True])
def test_pretrained_weights_for_another_depth_are_refused(own, given, message, whole, tmp_path):
    source = build("unet", encoder=given)
    torch.save(
        (source if whole else source.get_submodule("encoder")).state_dict(),
        tmp_path / "weights.pth",
    )
    with pytest.raises(
        UserError,
        match=f"(?s)weights do not fit the encoder.*{message}.*encoder named in the config",
    ):
        build("unet", encoder=own, weights=str(tmp_path / "weights.pth"))
    build("unet", encoder=given, weights=str(tmp_path / "weights.pth"))


def test_without_a_connection_the_ways_out_are_named(monkeypatch, tmp_path):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(UserError, match="pretrained weights cannot be downloaded") as caught:
        build("unet", encoder="resnet18", weights="imagenet")
    for part in (
        "'imagenet' of encoder resnet18",
        "connection",
        "local file",
        "HF_HOME",
        "leave it out",
    ):
        assert part in str(caught.value)


def test_a_weights_file_that_would_execute_code_is_refused(tmp_path):
    torch.save({"encoder": print, "object": Malicious()}, tmp_path / "weights.pth")
    with pytest.raises(UserError, match="weights cannot be read"):
        build("unet", weights=str(tmp_path / "weights.pth"))


class Malicious:
    """An object that only unpickling by execution could bring back."""


def test_invalid_pixels_are_zero_after_normalisation_whatever_they_hold():
    network = NormalisedNetwork(torch.nn.Identity(), mean=[10.0], std=[0.0])
    pixels = torch.tensor([[[[11.0, float("nan")], [float("inf"), 12.0]]]])
    valid = torch.tensor([[[True, False], [False, True]]])
    assert network(pixels, valid).tolist() == [[[[1.0, 0.0], [0.0, 2.0]]]]


def test_not_a_number_marks_invalid_pixels_for_other_runtimes():
    network = ProbabilityNetwork(
        NormalisedNetwork(torch.nn.Identity(), mean=[0.0, 0.0], std=[1.0, 1.0])
    )
    pixels = torch.tensor([5.0, float("nan")]).reshape(1, 2, 1, 1)
    assert network(pixels).flatten().tolist() == [0.5, 0.5]


def test_the_temperature_divides_the_logits_and_changes_no_class():
    pixels, valid = (
        torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(0)),
        torch.ones(2, 8, 8) > 0,
    )
    plain, soft = (
        NormalisedNetwork(torch.nn.Identity(), mean=[0.0] * 3, std=[1.0] * 3, temperature=each)
        for each in (1.0, 2.5)
    )
    assert torch.equal(plain(pixels, valid), pixels)
    torch.testing.assert_close(soft(pixels, valid), pixels / 2.5)
    probabilities = ProbabilityNetwork(soft)(pixels)
    torch.testing.assert_close(probabilities, torch.softmax(pixels / 2.5, dim=1))
    assert torch.equal(probabilities.argmax(dim=1), pixels.argmax(dim=1))


def test_a_restored_network_carries_its_temperature_but_not_as_a_tensor():
    description = {"architecture": "unet", "encoder": "resnet18"}
    whole = NormalisedNetwork(build("unet"), mean=[0] * 3, std=[1] * 3).eval()
    tensors = {key: value.numpy() for key, value in whole.state_dict().items()}
    restored = restore_network(
        description, tensors, mean=[0] * 3, std=[1] * 3, class_count=6, temperature=1.7
    )
    pixels, valid = torch.randn(1, 3, 64, 64), torch.ones(1, 64, 64) > 0
    with torch.inference_mode():
        torch.testing.assert_close(restored(pixels, valid), whole(pixels, valid) / 1.7)
    assert set(restored.state_dict()) == set(tensors)


def test_the_temperature_is_inside_the_onnx_model():
    import numpy as np
    import onnxruntime

    from rs_seg.algorithms.networks.onnx import to_onnx

    torch.manual_seed(0)
    layers = torch.nn.Conv2d(2, 4, 3, padding=1)
    plain, soft = (
        NormalisedNetwork(layers, mean=[5.0, -1.0], std=[2.0, 3.0], temperature=each).eval()
        for each in (1.0, 0.3)
    )
    pixels = 5 + 3 * torch.randn(1, 2, 64, 64)
    pixels[0, 1, :9, :9] = torch.nan
    found = {}
    for network in (plain, soft):
        session = onnxruntime.InferenceSession(to_onnx(network, band_count=2, window=64))
        (found[network.temperature],) = session.run(None, {"pixels": pixels.numpy()})
        with torch.inference_mode():
            expected = ProbabilityNetwork(network)(pixels).numpy()
        np.testing.assert_allclose(found[network.temperature], expected, atol=1e-6)
    assert found[0.3].max(axis=1).mean() > found[1.0].max(axis=1).mean() + 0.05
    np.testing.assert_array_equal(found[0.3].argmax(axis=1), found[1.0].argmax(axis=1))


def test_a_model_of_one_size_computes_the_same_and_refuses_other_sizes():
    import numpy as np
    import onnxruntime

    from rs_seg.algorithms.networks.onnx import fix_size, to_onnx
    from rs_seg.algorithms.networks.signature import tile_size

    torch.manual_seed(0)
    network = NormalisedNetwork(
        torch.nn.Conv2d(2, 4, 3, padding=1), mean=[5.0, -1.0], std=[2.0, 3.0]
    ).eval()
    free = to_onnx(network, band_count=2, window=64)
    fixed = fix_size(free, 96)
    assert (tile_size(free), tile_size(fixed)) == (None, 96)
    sessions = [onnxruntime.InferenceSession(each) for each in (free, fixed)]
    assert sessions[1].get_inputs()[0].shape == [1, 2, 96, 96]
    assert sessions[1].get_outputs()[0].shape == [1, 4, 96, 96]
    pixels = 5 + 3 * torch.randn(1, 2, 96, 96).numpy()
    np.testing.assert_array_equal(*(each.run(None, {"pixels": pixels})[0] for each in sessions))
    with pytest.raises(ValueError, match="96"):
        fix_size(fixed, 64)
