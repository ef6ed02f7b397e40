# Adversarial rain against ResNet-152 with FPN.
# Its checkpoint is to be trained first and given as the second argument.
_base_ = [
    '../detectors/faster-rcnn_r152_fpn_1x_coco.py',
    '../attacks/advrain_margin.py'
]
test_cfg = _base_.attack_loop
