# To be trained with tools/train.py: no checkpoint of it is published. The rate
# is for 8 GPUs with 2 images each; add --auto-scale-lr otherwise.
_base_ = [
    '../_base_/models/faster-rcnn_r152_fpn.py',
    '../_base_/datasets/coco_minival.py',
    'mmdet::_base_/schedules/schedule_1x.py',
    'mmdet::_base_/default_runtime.py'
]
load_from = None
