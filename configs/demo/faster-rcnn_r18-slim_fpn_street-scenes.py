# ResNet-18 with a quarter of the usual channels.
_base_ = [
    '../_base_/models/faster-rcnn_tiny_fpn.py',
    '../_base_/datasets/street_scenes.py',
    '../_base_/schedules/schedule_street_scenes.py'
]
model = dict(
    backbone=dict(
        depth=18,
        base_channels=16,
        stem_channels=16,
        out_indices=(1, 2, 3),
        frozen_stages=-1,
        norm_eval=False),
    neck=dict(in_channels=[32, 64, 128]))
randomness = dict(seed=0)
