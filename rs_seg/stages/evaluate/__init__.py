"""evaluate: what a map is worth on ground that training never saw, before and after refinement."""

from __future__ import annotations

from rs_seg.config import EvaluateConfig, ModelConfig, RefinementConfig
from rs_seg.values import ClassNames, InPath, InPaths, OutPath, Scene
from rs_seg.values.protocol import FigureProtocol

REVISION = 9


def evaluate(
    config: EvaluateConfig,
    network: ModelConfig,
    refinement: RefinementConfig,
    class_names: ClassNames,
    labelled_scenes: tuple[Scene, ...],
    figure_protocol: FigureProtocol,
    *,
    files: InPaths,
    models: InPaths,
    split: InPath,
    evaluation: OutPath,
) -> None:
    """Confusion matrices of the validation and test areas, pooled over scenes, and their figures.

    Pixels without reference are never counted; pixels with reference but without a class in the map
    are counted apart. Where the map abstains, such pixels are errors of omission: they are in the
    reference and in no class of the map. `abstained` is their share, and `selective` has the
    figures of the pixels with a class. Figures that are undefined (a class in neither map nor
    reference) are null, and `mean_covers` names the classes that the means are over: those of
    `figure_protocol` that occur. `over_scenes` has means over scenes, all other figures are pooled.

    `before` has the figures of the most probable class on the same pixels, and `changed` the pixels
    whose class is another one in the map; both are null where the refinement is that class.
    `blocks` of the test areas are the matrices of the blocks of the split that hold pixels with
    reference; they sum to the matrix of the whole. `by_scene` and `by_distance` are figures of some
    of these blocks: of each scene, and of those about equally far from the nearest ground that the
    models were trained on. `majority` is the class of most pixels of the training areas, the first
    of equals; null where there are none. `test_sets` has the same figures for each further test set
    of the split, by its name.

    `files` are told apart by their places in the folder of results: of each labelled scene the
    reference, the classes and polygons of the map, and the probabilities, which are needed where
    the refinement is not the most probable class. `probabilities` of each role are null without.

    `eroded` has figures without the pixels near another class of the reference, `boundary_iou`
    those of bands along borders (Cheng et al. 2021), `probabilities` precision and recall of each
    class along its probability, and at a threshold chosen on the validation areas
    (docs/methods.md).

    `polygons` of each role has figures of the map as `vectorize` drew it: its mean IoU, objects and
    boundaries that are those of the reference (docs/methods.md), on the same pixels; null where no
    polygons are given.

    `models` are the files of the network, or of the members of an ensemble. Pixels on ground that
    one of them was trained on are left out, and of the test figures those on ground that one was
    chosen on; `seen` counts both. `ground` says what is known of the test pixels that are counted:
    "disjoint", no model saw any; "excluded", those that one saw were left out; "unknown", a model
    file does not say what it saw.
    """
    from rs_seg.stages.evaluate import work

    work.evaluate(
        config,
        network,
        refinement,
        class_names,
        labelled_scenes,
        figure_protocol,
        files=files,
        models=models,
        split=split,
        evaluation=evaluation,
    )
