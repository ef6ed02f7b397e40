# To be trained with tools/train.py: no checkpoint of it is published. The rate
# is for 8 GPUs with 2 images each; add --auto-scale-lr otherwise. The ImageNet
# weights of its ResNet-152 are MMPretrain's.
_base_ = 'mmdet::faster_rcnn/faster-rcnn_r50_fpn_1x_coco.py'
checkpoint = 'https://download.openmmlab.com/mmclassification/v0/resnet/resnet152_8xb32_in1k_20210901-4d7582fa.pth'  # noqa: E501
model = dict(
    backbone=dict(
        depth=152, init_cfg=dict(checkpoint=checkpoint, prefix='backbone.')))
