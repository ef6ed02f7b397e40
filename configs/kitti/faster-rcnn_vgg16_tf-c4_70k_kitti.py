# To be trained with tools/train.py on KITTI's classes Car, Pedestrian and
# Cyclist; the paper does not say how its detectors were.
_base_ = [
    '../_base_/models/faster-rcnn_vgg16_tf-c4.py',
    '../_base_/datasets/kitti_600.py', '../_base_/schedules/schedule_tf_70k.py'
]
model = dict(roi_head=dict(bbox_head=dict(num_classes=3)))
