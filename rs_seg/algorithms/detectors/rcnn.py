"""R-CNN: proposals cut out, warped to one size, and told apart by linear machines.

Source: Girshick et al. 2014, Rich feature hierarchies for accurate object detection and semantic
segmentation.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  torch's own name for it
from torchvision.ops import roi_align

from rs_seg.algorithms.detectors.anchors import decode_boxes
from rs_seg.algorithms.detectors.detector import WindowObjects
from rs_seg.algorithms.detectors.fitted import FittedDetector, Windows
from rs_seg.algorithms.detectors.lessons import NEVER, UNMOVED, Lessons
from rs_seg.algorithms.detectors.neck import make_encoder
from rs_seg.algorithms.detectors.selective_search import Proposals
from rs_seg.algorithms.detectors.thinning import thin
from rs_seg.values.candidates import Candidates, join_candidates

CROP = 64
"""Side in pixels that proposals are warped to: the paper's 227 is what its network was learnt on.
"""
CONTEXT = 16 / 227
"""Share of the crop that lies beside the proposal, on each side (appendix A)."""
STAGE, CELLS = 4, 3
"""Features are those of this stage of the encoder, at a stride of 16, as means of 3 x 3 parts."""
NORM = 20.0
"""Mean length of the features (the authors' program)."""
AT_ONCE = 256
"""Crops that pass the encoder at once."""


class Rcnn(FittedDetector):
    """A support vector machine and a ridge regression for each class, on features as they are.

    The encoder does not learn: with weights that were learnt elsewhere features are as good as
    those. Only the objects themselves are positive, proposals that share less than 0.3 with all of
    them negative, as published. The score is the logistic function of the margin (Platt 1999),
    fitted on the training proposals. Of `plan`: `crop`, the side that proposals are warped to, and
    what `Proposals` takes. As published at most 2,000 proposals of a window are looked at:
    `left_out` counts the others.
    """

    is_dense: ClassVar[bool] = False
    centre: Tensor
    scale: Tensor
    margins: Tensor
    shifts: Tensor
    logistic: Tensor

    def __init__(
        self,
        band_count: int,
        class_count: int,
        encoder: nn.Module | str,
        plan: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        plan = plan or {}
        self.class_count = class_count
        self.crop: int = plan.get("crop", CROP)
        self.proposals = Proposals(plan)
        built: Any = make_encoder(band_count, encoder)
        self.encoder = built.requires_grad_(False)
        length = built.out_channels[STAGE] * CELLS**2
        self.register_buffer("centre", torch.zeros(length))
        self.register_buffer("scale", torch.ones(()))
        # the last value of a row is the constant
        self.register_buffer("margins", torch.zeros(class_count, length + 1))
        self.register_buffer("shifts", torch.zeros(class_count, 4, length + 1))
        self.register_buffer("logistic", torch.tensor([[1.0, 0.0]]).repeat(class_count, 1))
        self.margins[:, -1] = NEVER
        self.train()

    @property
    def left_out(self) -> int:  # type: ignore[override]  # its proposals count
        """Proposals that were not looked at, because a window had too many."""
        return self.proposals.left_out

    def train(self, mode: bool = True) -> Rcnn:
        """The encoder stays as it is in evaluation: it does not learn."""
        super().train(mode)
        self.encoder.eval()
        return self

    def find(self, pixels_NBHW: Tensor, *, least: float) -> list[Candidates]:
        """Candidates of each window, without those that hardly differ from a better one."""
        with torch.no_grad():
            return [
                thin(self._name(pixels_BHW, regions, least))
                for pixels_BHW, regions in zip(
                    pixels_NBHW, self.proposals.propose(pixels_NBHW), strict=True
                )
            ]

    def _name(self, pixels_BHW: Tensor, regions_P4: Tensor, least: float) -> Candidates:
        parts = []
        for regions in torch.split(regions_P4, AT_ONCE):
            features = self.describe(pixels_BHW, regions)
            slope, offset = self.logistic.unbind(1)
            scores = torch.sigmoid(self._margins(features) * slope + offset)
            place, code = torch.where(scores >= least)
            told = (self.shifts[code] * features[place, None]).sum(2)
            boxes = decode_boxes(told, regions[place], UNMOVED).double().cpu().numpy()
            given = scores[place, code].double().cpu().numpy()
            parts.append(Candidates(boxes, given, code.cpu().numpy()))
        return join_candidates(parts)

    def _margins(self, features: Tensor) -> Tensor:
        return features @ self.margins.T

    def describe(self, pixels_BHW: Tensor, regions_P4: Tensor) -> Tensor:
        """Features (P, D + 1) of regions (P, 4): warped with what lies beside, the last one is 1.

        Beyond the window are zeros.
        """
        sides = regions_P4[:, 2:] - regions_P4[:, :2]
        beside = sides * CONTEXT / (1 - 2 * CONTEXT)
        wide = torch.cat([regions_P4[:, :2] - beside, regions_P4[:, 2:] + beside], dim=1)
        crops = roi_align(pixels_BHW[None], [wide], self.crop, aligned=True)
        stage = self.encoder(crops)[STAGE].float()
        told = F.adaptive_avg_pool2d(stage, CELLS).flatten(1)
        return F.pad((told - self.centre) * self.scale, (0, 1), value=1.0)

    def fit(self, windows: Windows) -> None:
        """Two passes: machines of objects and drawn proposals, then of those found wrong as well.

        The regression learns in the first.
        """
        device = self.centre.device
        with torch.no_grad():
            self._normalise(windows)
            lessons = Lessons(self.class_count)
            for pixels_BHW, objects in windows:
                lessons.add(*self._study(pixels_BHW.to(device), objects.to(device)))
            shifts = lessons.fit_moves(self.centre.numel())
            self.shifts.copy_(torch.from_numpy(shifts))
            self._learn(lessons)
            for pixels_BHW, objects in windows:
                regions, features, window = self._study(pixels_BHW.to(device), objects.to(device))
                lessons.add_wrong(regions, features, window, self._margins(features))
            self._learn(lessons)

    def _study(
        self, pixels_BHW: Tensor, objects: WindowObjects
    ) -> tuple[Tensor, Tensor, WindowObjects]:
        """All regions of a window, the objects first, and their features."""
        (proposed,) = self.proposals.propose(pixels_BHW[None])
        regions = torch.cat([objects.wanted[0].float(), proposed])
        parts = [self.describe(pixels_BHW, some) for some in torch.split(regions, AT_ONCE)]
        return regions, torch.cat(parts), objects

    def _learn(self, lessons: Lessons) -> None:
        for code in range(self.class_count):
            margins, logistic = lessons.fit_margins(code)
            self.margins[code] = torch.from_numpy(margins)
            self.logistic[code] = torch.from_numpy(logistic)

    def _normalise(self, windows: Windows) -> None:
        """Centre and scale from the features of the objects of all windows."""
        self.centre.zero_()
        self.scale.fill_(1.0)
        total, count, squares = torch.zeros_like(self.centre), 0, 0.0
        for pixels_BHW, objects in windows:
            boxes = objects.to(self.centre.device).wanted[0].float()
            for regions in torch.split(boxes, AT_ONCE):
                features = self.describe(pixels_BHW.to(self.centre.device), regions)[:, :-1]
                total += features.sum(dim=0)
                squares += float((features**2).sum())
                count += len(features)
        if count:
            self.centre.copy_(total / count)
            spread = squares / count - float((self.centre**2).sum())
            self.scale.fill_(NORM / max(spread, 1e-6) ** 0.5)
