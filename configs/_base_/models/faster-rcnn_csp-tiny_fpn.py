# CSPDarknet with a quarter of the usual channels and a third of the depth.
_base_ = './faster-rcnn_tiny_fpn.py'
model = dict(
    backbone=dict(
        _delete_=True,
        type='CSPDarknet',
        widen_factor=0.25,
        deepen_factor=0.33,
        out_indices=(2, 3, 4)),
    neck=dict(in_channels=[64, 128, 256]))
