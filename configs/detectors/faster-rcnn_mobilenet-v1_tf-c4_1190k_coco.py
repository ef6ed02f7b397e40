# Weights are converted by mmadvrain tf_faster_rcnn, or trained with
# tools/train.py. Box AP of the original on minival: 21.9,
# converted from TensorFlow.
_base_ = [
    '../_base_/models/faster-rcnn_mobilenet-v1_tf-c4.py',
    '../_base_/datasets/coco_minival_600.py',
    '../_base_/schedules/schedule_tf_1190k.py'
]
# MobileNetV1 is decayed by 4e-5, its depthwise convolutions not at all
optim_wrapper = dict(
    paramwise_cfg=dict(
        custom_keys={
            'backbone': dict(decay_mult=0.4),
            'roi_head.shared_head': dict(decay_mult=0.4),
            'depthwise.conv.weight': dict(decay_mult=0.)
        }))
load_from = None
