_base_ = './faster-rcnn_r50_tf-c4.py'
pretrained = dict(
    type='Pretrained', checkpoint='open-mmlab://detectron2/resnet101_caffe')
model = dict(
    backbone=dict(depth=101, init_cfg=pretrained),
    roi_head=dict(shared_head=dict(depth=101, init_cfg=pretrained)))
