# For weights of pytorch-faster-rcnn, by mmadvrain tf_faster_rcnn. Box AP of
# the original on minival: 36.7, converted from TensorFlow.
_base_ = [
    '../_base_/models/faster-rcnn_r152-caffe_tf-c4.py',
    '../_base_/datasets/coco_minival_600.py',
    '../_base_/schedules/schedule_tf_1190k.py'
]
load_from = None
