"""Random towns on rasters."""

import numpy as np
import shapely
from shapely import affinity

BUILDING = 9


def random_town(
    seed: int,
    *,
    size: int = 120,
    buildings: int = 14,
    backgrounds: int = 3,
    pixel_size: tuple[float, float] = (1, 1),
    codes: int = 1,
) -> np.ndarray:
    """Class map (size, size): rotated rectangles and angles on patches of other classes.

    Their codes are those from BUILDING on.
    """
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[:size, :size] + 0.5
    centres = random.uniform(0, size, (3 * backgrounds, 2))
    distances = (rows[..., None] - centres[:, 0]) ** 2 + (columns[..., None] - centres[:, 1]) ** 2
    values = (np.argmin(distances, axis=-1) % backgrounds).astype(np.int32)
    x, y = columns * pixel_size[1], rows * pixel_size[0]
    extent = size * min(pixel_size)
    for number in range(buildings):
        width, depth = random.uniform(0.08, 0.2, 2) * extent
        shape = shapely.box(0, 0, width, depth)
        if random.random() < 0.4:
            shape = shape.difference(shapely.box(width * 0.5, depth * 0.5, 2 * width, 2 * depth))
        shape = affinity.rotate(shape, random.uniform(0, 90), origin=(0, 0))
        east, north = random.uniform(0, 1, 2) * size * np.array(pixel_size[::-1])
        values[shapely.contains_xy(affinity.translate(shape, east, north), x, y)] = (
            BUILDING + number % codes
        )
    return values
