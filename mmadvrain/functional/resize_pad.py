"""Resize and padding at random, of an image and of its boxes together."""
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from mmadvrain.typing import SizeHW


@dataclass(frozen=True)
class ResizePad:
    """One resize followed by one zero padding.

    Attributes:
        resized_hw: Height and width after the resize.
        offset: Row and column of the resized image's first pixel on the
            canvas.
        canvas_hw: Height and width after the padding.
    """
    resized_hw: SizeHW
    offset: tuple[int, int]
    canvas_hw: SizeHW

    def __post_init__(self) -> None:
        for size, start, room in zip(self.resized_hw, self.offset,
                                     self.canvas_hw):
            if size < 1 or start < 0 or start + size > room:
                raise ValueError(
                    'a resized image must lie on its canvas, but got '
                    f'{self.resized_hw} at {self.offset} of {self.canvas_hw}')


def resize_pad(image: Tensor, place: ResizePad) -> Tensor:
    """Move an image; the input transform of DIM.

    Source: Xie et al., "Improving Transferability of Adversarial Examples
    with Input Diversity", CVPR 2019, whose released code resizes to the
    nearest pixel and pads images in [-1, 1] with zeros, middle grey.

    Args:
        image: In [0, 1]. Shape (C, H, W).
        place: Where it goes.

    Returns:
        Shape (C, H', W'), differentiable.
    """
    moved = F.interpolate(
        image[None], size=tuple(place.resized_hw), mode='nearest')[0]
    top, left = place.offset
    bottom = place.canvas_hw[0] - place.resized_hw[0] - top
    right = place.canvas_hw[1] - place.resized_hw[1] - left
    return F.pad(moved, (left, right, top, bottom), value=0.5)


def move_boxes(boxes: Tensor, place: ResizePad, size_hw: tuple[int,
                                                               int]) -> Tensor:
    """Move boxes as :func:`resize_pad` moves the image they belong to.

    Args:
        boxes: (x1, y1, x2, y2) in pixels of the image. Shape (N, 4).
        place: Where the image goes.
        size_hw: Height and width of the image before.

    Returns:
        In pixels of the canvas. Shape (N, 4).
    """
    scale = torch.tensor(
        [place.resized_hw[1] / size_hw[1],
         place.resized_hw[0] / size_hw[0]]).to(boxes)
    shift = boxes.new_tensor([place.offset[1], place.offset[0]])
    return boxes * scale.repeat(2) + shift.repeat(2)
