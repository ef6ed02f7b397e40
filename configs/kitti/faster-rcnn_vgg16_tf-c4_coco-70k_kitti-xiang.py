# As faster-rcnn_vgg16_tf-c4_coco-70k_kitti.py, by Xiang's list.
_base_ = [
    '../_base_/models/faster-rcnn_vgg16_tf-c4.py',
    '../_base_/datasets/kitti-xiang_600.py',
    '../_base_/schedules/schedule_tf_70k.py', '../_base_/kitti_from_coco.py'
]
model = dict(roi_head=dict(bbox_head=dict(num_classes=3)))
load_from = 'checkpoints/faster-rcnn_vgg16_tf-c4_490k_coco.pth'
