# Weights are converted by mmadvrain tf_faster_rcnn, or trained with
# tools/train.py. Box AP of the original on minival: 29.2,
# after 1190k iterations.
_base_ = [
    '../_base_/models/faster-rcnn_vgg16_tf-c4.py',
    '../_base_/datasets/coco_minival_600.py',
    '../_base_/schedules/schedule_tf_490k.py'
]
# biases learn twice as fast
optim_wrapper = dict(paramwise_cfg=dict(bias_lr_mult=2.))
load_from = None
