"""Surface materials: reflectance in NIR, red and green, and texture.

The texture tells materials apart where colour does not.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage


@dataclass(frozen=True)
class Material:
    """A mixture of two reflectances (NIR, red, green).

    `patchiness` drives the mixture over metres (0: only the first), `grain` is the relative
    contrast between pixels.
    """

    first: tuple[float, float, float]
    second: tuple[float, float, float]
    patchiness: float
    grain: float


MATERIALS: dict[str, Material] = {
    "asphalt": Material((0.155, 0.125, 0.120), (0.220, 0.185, 0.175), 0.25, 0.05),
    "paving": Material((0.300, 0.255, 0.235), (0.240, 0.205, 0.185), 0.25, 0.08),
    "brick": Material((0.310, 0.235, 0.150), (0.255, 0.190, 0.130), 0.40, 0.08),
    "concrete": Material((0.450, 0.420, 0.400), (0.330, 0.300, 0.285), 0.40, 0.05),
    "red clay": Material((0.330, 0.260, 0.160), (0.300, 0.230, 0.140), 0.30, 0.03),
    "gravel": Material((0.330, 0.270, 0.220), (0.290, 0.230, 0.170), 0.45, 0.10),
    "marking": Material((0.500, 0.480, 0.470), (0.500, 0.480, 0.470), 0.00, 0.05),
    "lawn": Material((0.480, 0.090, 0.125), (0.400, 0.140, 0.150), 0.45, 0.06),
    "dry lawn": Material((0.370, 0.210, 0.190), (0.390, 0.160, 0.155), 0.50, 0.07),
    "meadow": Material((0.430, 0.120, 0.135), (0.350, 0.190, 0.165), 0.60, 0.10),
    "bare soil": Material((0.290, 0.220, 0.165), (0.340, 0.190, 0.150), 0.50, 0.09),
    "turf": Material((0.530, 0.085, 0.125), (0.500, 0.095, 0.130), 0.30, 0.03),
    "hedge": Material((0.400, 0.065, 0.085), (0.330, 0.055, 0.070), 0.30, 0.16),
    "field line": Material((0.560, 0.400, 0.400), (0.560, 0.400, 0.400), 0.00, 0.05),
    "red tile": Material((0.360, 0.270, 0.155), (0.300, 0.215, 0.130), 0.30, 0.06),
    "brown tile": Material((0.225, 0.165, 0.115), (0.190, 0.140, 0.105), 0.30, 0.06),
    "slate": Material((0.150, 0.125, 0.120), (0.125, 0.105, 0.105), 0.30, 0.05),
    "metal": Material((0.460, 0.450, 0.440), (0.400, 0.390, 0.385), 0.30, 0.03),
    "white membrane": Material((0.540, 0.540, 0.540), (0.490, 0.490, 0.485), 0.40, 0.03),
    "gravel roof": Material((0.235, 0.195, 0.180), (0.185, 0.150, 0.140), 0.40, 0.08),
    "bitumen": Material((0.120, 0.095, 0.090), (0.170, 0.140, 0.130), 0.40, 0.04),
    "green roof": Material((0.390, 0.150, 0.150), (0.330, 0.210, 0.175), 0.60, 0.09),
    "plant room": Material((0.360, 0.340, 0.330), (0.300, 0.280, 0.270), 0.20, 0.05),
    "solar panel": Material((0.090, 0.055, 0.060), (0.100, 0.060, 0.065), 0.20, 0.04),
    "broadleaf": Material((0.470, 0.070, 0.105), (0.390, 0.060, 0.085), 0.45, 0.20),
    "pale broadleaf": Material((0.540, 0.105, 0.150), (0.450, 0.085, 0.120), 0.45, 0.18),
    "conifer": Material((0.300, 0.055, 0.070), (0.230, 0.045, 0.055), 0.35, 0.24),
    "autumn tree": Material((0.390, 0.200, 0.135), (0.360, 0.140, 0.110), 0.50, 0.20),
    "copper beech": Material((0.360, 0.095, 0.060), (0.300, 0.080, 0.055), 0.40, 0.20),
    "dark water": Material((0.030, 0.050, 0.065), (0.045, 0.065, 0.080), 0.40, 0.10),
    "muddy water": Material((0.125, 0.130, 0.125), (0.090, 0.110, 0.112), 0.50, 0.06),
    "white paint": Material((0.560, 0.560, 0.560), (0.520, 0.520, 0.520), 0.00, 0.03),
    "silver paint": Material((0.410, 0.410, 0.410), (0.380, 0.380, 0.380), 0.00, 0.03),
    "black paint": Material((0.070, 0.055, 0.055), (0.060, 0.050, 0.050), 0.00, 0.03),
    "red paint": Material((0.400, 0.310, 0.130), (0.380, 0.290, 0.130), 0.00, 0.03),
    "blue paint": Material((0.270, 0.120, 0.220), (0.250, 0.115, 0.210), 0.00, 0.03),
    "green paint": Material((0.340, 0.150, 0.210), (0.320, 0.140, 0.200), 0.00, 0.03),
    "glass": Material((0.045, 0.035, 0.040), (0.045, 0.035, 0.040), 0.00, 0.03),
}
PAINTS = ("white paint", "silver paint", "black paint", "red paint", "blue paint", "green paint")


def make_noise(
    shape: tuple[int, int], scale: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Smooth noise of zero mean and unit deviation whose blobs are about `scale` pixels wide."""
    coarsening = max(1, int(scale / 3))
    coarse_shape = [side // coarsening + 4 for side in shape]
    field = rng.standard_normal(coarse_shape, dtype=np.float32)
    field = ndimage.gaussian_filter(field, scale / coarsening / 2, mode="reflect")
    if coarsening > 1:
        field = ndimage.zoom(field, coarsening, order=1)
    field = field[: shape[0], : shape[1]]
    noise: NDArray[np.float32] = (field - field.mean()) / field.std()
    return noise


def paint_materials(
    index_HW: NDArray[np.int32],
    materials: list[str],
    tones: NDArray[np.float32],
    pixel_size: float,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Reflectance (3, H, W) of the objects in `index_HW`.

    Its entries index `materials` and `tones`.
    """
    names = sorted(MATERIALS)
    code = np.array([names.index(name) for name in materials], dtype=np.uint8)[index_HW]
    shape = (index_HW.shape[0], index_HW.shape[1])
    grain = make_noise(shape, 0.4 / pixel_size, rng)
    patches = 0.7 * make_noise(shape, 6.0 / pixel_size, rng) + 0.7 * make_noise(
        shape, 24.0 / pixel_size, rng
    )
    texture = np.array(
        [[MATERIALS[name].patchiness, MATERIALS[name].grain] for name in names], dtype=np.float32
    )
    mixture = np.clip(texture[code, 0] * (0.6 + 0.6 * patches), 0, 1)
    brightness = tones[index_HW] * np.clip(1 + texture[code, 1] * grain, 0.4, 1.8)
    first = np.array([MATERIALS[name].first for name in names], dtype=np.float32)
    second = np.array([MATERIALS[name].second for name in names], dtype=np.float32)
    bands = [
        brightness * (first[code, band] + mixture * (second - first)[code, band])
        for band in range(3)
    ]
    return np.stack(bands).astype(np.float32)
