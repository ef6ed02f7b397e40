# Weights are converted by mmadvrain tf_faster_rcnn, or trained with
# tools/train.py. Box AP of the original on minival: 35.1.
_base_ = [
    '../_base_/models/faster-rcnn_r101_tf-c4.py',
    '../_base_/datasets/coco_minival_600.py',
    '../_base_/schedules/schedule_tf_1190k.py'
]
load_from = None
