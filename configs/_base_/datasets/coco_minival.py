# COCO. The 5000 images of val2017 are those of the minival of the paper and
# of tf-faster-rcnn, under other file names; train2017 is its trainval35k.
# All 5000 are scored, with the 48 of them that have no annotation.
_base_ = 'mmdet::_base_/datasets/coco_detection.py'
