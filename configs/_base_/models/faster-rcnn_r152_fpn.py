# ResNet-152 with FPN. Its ImageNet weights are MMPretrain's.
_base_ = 'mmdet::_base_/models/faster-rcnn_r50_fpn.py'
checkpoint = 'https://download.openmmlab.com/mmclassification/v0/resnet/resnet152_8xb32_in1k_20210901-4d7582fa.pth'  # noqa: E501
model = dict(
    backbone=dict(
        depth=152, init_cfg=dict(checkpoint=checkpoint, prefix='backbone.')))
