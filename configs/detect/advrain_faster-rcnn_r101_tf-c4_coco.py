# Adversarial rain against ResNet-101-C4 as tf-faster-rcnn builds it.
# Its checkpoint is to be trained first and given as the second argument.
_base_ = [
    '../detectors/faster-rcnn_r101_tf-c4_1190k_coco.py',
    '../attacks/advrain_margin.py'
]
test_cfg = _base_.attack_loop
