"""A Faster R-CNN with random weights and images that are made for it."""
import copy
from pathlib import Path
from typing import Any

import mmdet
import torch
from mmdet.structures import DetDataSample
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmengine.structures import InstanceData
from torch import Tensor

from mmadvrain.apis.attack import attack_config
from mmadvrain.attacks.iterative_attack import IterativeAttack
from mmadvrain.registry import MODELS, build_part
from mmadvrain.victims.detector_victim import DetectorVictim

R50_TFLOP = 0.86
"""Of one forward and backward pass of R-50-FPN at 800x1333, 10^12."""


class GpuCase:
    """R-50-FPN at its usual size, or one of its size and a smaller image.

    Args:
        device: ``'cpu'`` or ``'cuda'``.
        size_hw: Of the images, which are not resized.
        steps: Of the attack.
        attack: Name of the attack's config.
        **victim: Options of :class:`DetectorVictim`.
    """

    def __init__(self,
                 device: str,
                 size_hw: tuple[int, int] = (800, 1333),
                 steps: int = 3,
                 attack: str = 'advrain_margin',
                 **victim: Any) -> None:
        path = Path(mmdet.__file__).parent / '.mim/configs/_base_/models'
        cfg = Config.fromfile(path / 'faster-rcnn_r50_fpn.py').model
        cfg.backbone.init_cfg = None
        torch.manual_seed(0)
        with DefaultScope.overwrite_default_scope('mmdet'):
            model = MODELS.build(cfg)
        self.model = model.to(device).eval()
        self.victim = DetectorVictim(self.model, **victim)
        loop = attack_config(attack).attack_loop.attack
        loop.steps = steps
        self.attack = build_part(loop, IterativeAttack)
        self.steps, self.size_hw, self.device = steps, size_hw, device

    def images(self, count: int) -> list[Tensor]:
        """Smooth random images in [0, 1], each of shape (3, H, W)."""
        generator = torch.Generator().manual_seed(1)
        coarse = torch.rand(count, 3, 12, 20, generator=generator)
        whole = torch.nn.functional.interpolate(
            coarse, self.size_hw, mode='bicubic').clamp(0, 1)
        return list(whole.to(self.device))

    def target(self) -> DetDataSample:
        """Seven objects, as many as an image of COCO has."""
        height, width = self.size_hw
        generator = torch.Generator().manual_seed(2)
        corners = torch.rand(7, 4, generator=generator)
        corners = corners.view(7, 2, 2).sort(1).values.view(7, 4)
        boxes = corners * torch.tensor([width, height, width, height])
        target = DetDataSample(
            metainfo=dict(
                img_id=0,
                img_path='',
                ori_shape=self.size_hw,
                img_shape=self.size_hw,
                scale_factor=(1., 1.)))
        target.gt_instances = InstanceData(
            bboxes=boxes, labels=torch.arange(7))
        target.ignored_instances = InstanceData(
            bboxes=boxes[:0], labels=torch.arange(0))
        return target.to(self.device)

    def run(self, count: int) -> list:
        """Attack a batch of so many images."""
        return self.attack.run(
            self.victim, self.images(count),
            [copy.deepcopy(self.target()) for _ in range(count)],
            list(range(count)))
