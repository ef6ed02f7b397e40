# ResNet-18 with a quarter of the usual channels.
_base_ = './faster-rcnn_tiny_fpn.py'
model = dict(
    backbone=dict(
        depth=18,
        base_channels=16,
        stem_channels=16,
        out_indices=(1, 2, 3),
        frozen_stages=-1,
        norm_eval=False),
    neck=dict(in_channels=[32, 64, 128]))
