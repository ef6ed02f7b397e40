"""Own NMS and RoIAlign in place of MMCV's, where they are faster."""
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache, partial
from types import ModuleType
from typing import Any

import torch
from mmengine.logging import print_log
from torch import Tensor

from .quick_roi_align import quick_roi_align, quick_roi_align_backward
from .sparse_nms import sparse_nms

# fewer boxes, or less overlap, are left to the walk through all pairs
_MIN_BOXES, _MIN_IOU = 150, 0.4
# fewer values of regions are gathered one by one as fast
_MIN_VALUES = 1024
# regions that reach further than so many maps are left to MMCV
_MAX_REACH = 4


@contextmanager
def quick_operators(use: bool = True) -> Iterator[None]:
    """Let MMCV's autograd functions call our own operators on a CPU.

    NMS keeps the same boxes, :func:`sparse_nms`; RoIAlign and its gradient
    agree to 1e-6, :func:`quick_roi_align`. Other devices, types and modes are
    left to MMCV, and so is what it does faster. The log says so once.

    Args:
        use: False changes nothing. Defaults to True.
    """
    module = sys.modules.get('mmcv._ext')
    if not use or module is None:
        yield
        return
    with ExitStack() as stack:
        for name, ours in (('nms', _nms), ('roi_align_forward', _forward),
                           ('roi_align_backward', _backward)):
            stack.callback(_put_back, module, name, vars(module).get(name))
            setattr(module, name, partial(ours, getattr(module, name)))
        yield


def _put_back(module: ModuleType, name: str, before: Callable | None) -> None:
    delattr(module, name)
    if before is not None:
        setattr(module, name, before)


@cache
def _announce() -> None:
    print_log(
        'an attack on a CPU has NMS and RoIAlign of its own, which are '
        "faster (`quick_operators=False` of the victim takes MMCV's)",
        logger='current')


def _nms(theirs: Callable[..., Tensor], bboxes: Tensor, scores: Tensor, *,
         iou_threshold: float, offset: int) -> Tensor:
    if (bboxes.device.type == 'cpu' and bboxes.dtype == torch.float32
            and len(bboxes) >= _MIN_BOXES and _MIN_IOU <= iou_threshold <= 1
            and bool(bboxes.isfinite().all())):
        _announce()
        return sparse_nms(bboxes, scores, iou_threshold, offset)
    return theirs(bboxes, scores, iou_threshold=iou_threshold, offset=offset)


def _suits(image: Tensor, rois: Tensor, options: dict[str, Any]) -> bool:
    """Whether regions are such as :func:`quick_roi_align` is made for."""
    if not (image.device.type == 'cpu' and options['pool_mode'] == 1
            and image.dtype == rois.dtype == torch.float32
            and len(rois) * image.shape[1] >= _MIN_VALUES):
        return False
    reach = rois[:, 1:].abs().amax() * options['spatial_scale']
    if not bool(reach < _MAX_REACH * max(image.shape[2:])):  # also if NaN
        return False
    _announce()
    return True


def _arguments(options: dict[str, Any]) -> tuple:
    return ((options['aligned_height'],
             options['aligned_width']), options['spatial_scale'],
            options['sampling_ratio'], options['aligned'])


def _forward(theirs: Callable, image: Tensor, rois: Tensor, output: Tensor,
             argmax_y: Tensor, argmax_x: Tensor, **options: Any) -> None:
    if _suits(image, rois, options):
        output.copy_(quick_roi_align(image, rois, *_arguments(options)))
    else:
        theirs(image, rois, output, argmax_y, argmax_x, **options)


def _backward(theirs: Callable, grad: Tensor, rois: Tensor, argmax_y: Tensor,
              argmax_x: Tensor, grad_input: Tensor, **options: Any) -> None:
    if _suits(grad_input, rois, options):
        grad_input.copy_(
            quick_roi_align_backward(grad, rois, grad_input.shape,
                                     *_arguments(options)))
    else:
        theirs(grad, rois, argmax_y, argmax_x, grad_input, **options)
