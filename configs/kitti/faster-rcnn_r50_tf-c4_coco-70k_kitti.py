# Fine-tuned on KITTI from weights for COCO, which mmadvrain tf_faster_rcnn
# converts to the file named.
_base_ = [
    '../_base_/models/faster-rcnn_r50_tf-c4.py',
    '../_base_/datasets/kitti_600.py',
    '../_base_/schedules/schedule_tf_70k.py', '../_base_/kitti_from_coco.py'
]
model = dict(roi_head=dict(bbox_head=dict(num_classes=3)))
load_from = 'checkpoints/faster-rcnn_r50_tf-c4_1190k_coco.pth'
