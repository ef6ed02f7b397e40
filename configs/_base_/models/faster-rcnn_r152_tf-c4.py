# ResNet-152. OpenMMLab publishes no Caffe weights of it, so it starts from
# MMPretrain's: stride in the 3x3 convolution, RGB, mean and std.
_base_ = './faster-rcnn_r50_tf-c4.py'
checkpoint = 'https://download.openmmlab.com/mmclassification/v0/resnet/resnet152_8xb32_in1k_20210901-4d7582fa.pth'  # noqa: E501
pretrained = dict(type='Pretrained', checkpoint=checkpoint, prefix='backbone.')
model = dict(
    data_preprocessor=dict(
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True),
    backbone=dict(depth=152, style='pytorch', init_cfg=pretrained),
    roi_head=dict(
        shared_head=dict(depth=152, style='pytorch', init_cfg=pretrained)))
