"""Two tiny detectors of MMDetection's parts, and a run that attacks them."""
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from mmdet.registry import MODELS
from mmengine.config import Config, ConfigDict
from mmengine.dataset import pseudo_collate
from mmengine.registry import DATASETS, DefaultScope
from torch import nn

from tests.toys.toy_data import TOY_CLASSES, toy_dataset

_NUM_CLASSES = len(TOY_CLASSES)


def _trunk() -> dict[str, Any]:
    return dict(
        data_preprocessor=dict(
            type='DetDataPreprocessor',
            mean=[120., 115., 105.],
            std=[58., 57., 56.],
            bgr_to_rgb=True,
            pad_size_divisor=16),
        backbone=dict(
            type='ResNet',
            depth=18,
            base_channels=8,
            num_stages=3,
            strides=(1, 2, 2),
            dilations=(1, 1, 1),
            out_indices=(1, 2),
            norm_eval=False),
        neck=dict(
            type='FPN', in_channels=[16, 32], out_channels=16, num_outs=2))


def _anchors() -> dict[str, Any]:
    return dict(
        type='AnchorGenerator', scales=[2., 3.], ratios=[1.0], strides=[8, 16])


def toy_faster_rcnn() -> dict[str, Any]:
    """Config of a two-stage detector of some 0.1 M weights.

    Returns:
        For MMDetection's ``MODELS``.
    """
    coder = dict(type='DeltaXYWHBBoxCoder')
    assigner = dict(
        type='MaxIoUAssigner',
        pos_iou_thr=0.5,
        neg_iou_thr=0.4,
        min_pos_iou=0.3,
        ignore_iof_thr=-1)
    sampler = dict(
        type='RandomSampler',
        num=32,
        pos_fraction=0.5,
        neg_pos_ub=-1,
        add_gt_as_proposals=False)
    return dict(
        type='FasterRCNN',
        **_trunk(),
        rpn_head=dict(
            type='RPNHead',
            in_channels=16,
            feat_channels=16,
            anchor_generator=_anchors(),
            bbox_coder=coder,
            loss_cls=dict(type='CrossEntropyLoss', use_sigmoid=True),
            loss_bbox=dict(type='L1Loss')),
        roi_head=dict(
            type='StandardRoIHead',
            bbox_roi_extractor=dict(
                type='SingleRoIExtractor',
                roi_layer=dict(
                    type='RoIAlign', output_size=4, sampling_ratio=1),
                out_channels=16,
                featmap_strides=[8, 16],
                finest_scale=40),
            bbox_head=dict(
                type='ConvFCBBoxHead',
                num_shared_fcs=1,
                in_channels=16,
                fc_out_channels=32,
                roi_feat_size=4,
                num_classes=_NUM_CLASSES,
                bbox_coder=coder,
                reg_class_agnostic=True,
                loss_cls=dict(type='CrossEntropyLoss'),
                loss_bbox=dict(type='L1Loss'))),
        train_cfg=dict(
            rpn=dict(
                assigner=assigner,
                sampler=sampler,
                allowed_border=-1,
                pos_weight=-1),
            rpn_proposal=dict(
                nms_pre=200,
                max_per_img=50,
                nms=dict(type='nms', iou_threshold=0.7),
                min_bbox_size=0),
            rcnn=dict(
                assigner=assigner,
                sampler=dict(sampler, add_gt_as_proposals=True),
                pos_weight=-1)),
        test_cfg=dict(
            rpn=dict(
                nms_pre=200,
                max_per_img=50,
                nms=dict(type='nms', iou_threshold=0.7),
                min_bbox_size=0),
            rcnn=dict(
                score_thr=0.05,
                nms=dict(type='nms', iou_threshold=0.5),
                max_per_img=20)))


def toy_retinanet() -> dict[str, Any]:
    """Config of a one-stage detector of some 0.1 M weights.

    Returns:
        For MMDetection's ``MODELS``.
    """
    return dict(
        type='RetinaNet',
        **_trunk(),
        bbox_head=dict(
            type='RetinaHead',
            num_classes=_NUM_CLASSES,
            in_channels=16,
            stacked_convs=1,
            feat_channels=16,
            anchor_generator=_anchors(),
            bbox_coder=dict(type='DeltaXYWHBBoxCoder'),
            loss_cls=dict(type='FocalLoss', use_sigmoid=True),
            loss_bbox=dict(type='L1Loss')),
        train_cfg=dict(
            assigner=dict(
                type='MaxIoUAssigner',
                pos_iou_thr=0.5,
                neg_iou_thr=0.4,
                min_pos_iou=0.3,
                ignore_iof_thr=-1),
            sampler=dict(type='PseudoSampler'),
            allowed_border=-1,
            pos_weight=-1),
        test_cfg=dict(
            nms_pre=200,
            score_thr=0.05,
            nms=dict(type='nms', iou_threshold=0.5),
            min_bbox_size=0,
            max_per_img=20))


def build_toy_detector(model: dict | None = None, seed: int = 0) -> nn.Module:
    """Build a detector with seeded random weights, in evaluation mode.

    Args:
        model: Its config. None is :func:`toy_faster_rcnn`.
        seed: Seed of the weights; the global random state is left as it is.
            Defaults to 0.

    Returns:
        On the CPU.
    """
    scope = DefaultScope.overwrite_default_scope('mmdet')
    with torch.random.fork_rng([]), scope:
        torch.manual_seed(seed)
        detector = MODELS.build(ConfigDict(model or toy_faster_rcnn()))
    return detector.eval()


def train_toy_detector(detector: nn.Module,
                       root: str | Path,
                       steps: int = 150,
                       lr: float = 1e-2,
                       seed: int = 0) -> nn.Module:
    """Let a toy detector learn the toy images by heart.

    Args:
        detector: Trained in place.
        root: Folder that :func:`write_toy_coco` filled.
        steps: Steps, each on all images. Defaults to 150.
        lr: Largest learning rate. Defaults to 1e-2.
        seed: Seed of the samplers; the global random state is left as it is.
            Defaults to 0.

    Returns:
        The detector, in evaluation mode.
    """
    with DefaultScope.overwrite_default_scope('mmdet'):
        dataset = DATASETS.build(dict(toy_dataset(root), _scope_='mmdet'))
    batch = pseudo_collate([dataset[i] for i in range(len(dataset))])
    optimiser = torch.optim.AdamW(detector.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, lr, steps)
    detector.train()
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        for _ in range(steps):
            data = detector.data_preprocessor(batch, True)
            loss, _ = detector.parse_losses(detector(**data, mode='loss'))
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(detector.parameters(), 10.)
            optimiser.step()
            schedule.step()
    return detector.eval()


def toy_attack(steps: int = 3,
               objectives: Sequence[dict] | None = None) -> dict[str, Any]:
    """Config of an attack with rain that suits images of 64 pixels.

    Args:
        steps: Number of steps. Defaults to 3.
        objectives: None is RAP.

    Returns:
        For ``TASK_UTILS``.
    """
    if objectives is None:
        objectives = [dict(type='mmadvrain.RAPObjective')]
    return dict(
        type='mmadvrain.IterativeAttack',
        steps=steps,
        objectives=list(objectives),
        perturbation=dict(
            type='mmadvrain.RainPerturbation',
            init=dict(type='mmadvrain.UniformFactors', density=0.02)))


def toy_config(root: str | Path,
               model: dict | None = None,
               attack: dict | None = None,
               **changes: Any) -> Config:
    """Config of a test run on toy data, with an attack or without.

    Args:
        root: Folder that :func:`write_toy_coco` filled.
        model: Detector. None is :func:`toy_faster_rcnn`.
        attack: Attack; None leaves MMDetection's own test loop, as in a plain
            detector config.
        **changes: Further entries, or other values of these.

    Returns:
        Quiet, with a private work directory below ``root``.
    """
    loop: dict[str, Any] = dict(type='TestLoop')
    if attack is not None:
        loop = dict(type='mmadvrain.AttackLoop', attack=attack, batch_size=4)
    ann_file = str(Path(root) / 'annotations.json')
    content = dict(
        default_scope='mmdet',
        model=model or toy_faster_rcnn(),
        test_cfg=loop,
        test_dataloader=dict(
            batch_size=1,
            num_workers=0,
            dataset=toy_dataset(root),
            sampler=dict(type='DefaultSampler', shuffle=False)),
        test_evaluator=dict(
            type='CocoMetric', ann_file=ann_file, metric='bbox'),
        visualizer=dict(
            type='DetLocalVisualizer',
            vis_backends=[dict(type='LocalVisBackend')]),
        work_dir=str(Path(root) / 'work_dir'),
        log_level='WARNING')
    content.update(changes)
    return Config(content)
