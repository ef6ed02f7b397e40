# ResNet-152 as pytorch-faster-rcnn has it, for its weights: strides in the 1x1
# convolutions, BGR less the mean. OpenMMLab publishes no ImageNet weights of
# it; training from scratch is for faster-rcnn_r152_tf-c4.py.
_base_ = './faster-rcnn_r50_tf-c4.py'
model = dict(
    backbone=dict(depth=152, init_cfg=None),
    roi_head=dict(shared_head=dict(depth=152, init_cfg=None)))
