# To be trained with tools/train.py; weights of pytorch-faster-rcnn are for
# faster-rcnn_r152-caffe_tf-c4_1190k_coco.py.
_base_ = [
    '../_base_/models/faster-rcnn_r152_tf-c4.py',
    '../_base_/datasets/coco_minival_600.py',
    '../_base_/schedules/schedule_tf_1190k.py'
]
load_from = None
