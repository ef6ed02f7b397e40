# Adversarial rain against ResNet-50 with FPN, with MMDetection's checkpoint.
_base_ = [
    '../detectors/faster-rcnn_r50_fpn_1x_coco.py',
    '../attacks/advrain_margin.py'
]
test_cfg = _base_.attack_loop
