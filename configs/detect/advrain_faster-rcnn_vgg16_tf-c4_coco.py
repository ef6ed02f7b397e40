# Adversarial rain against VGG16, the white box of the paper's Table 5.
# Its checkpoint is to be trained first and given as the second argument.
_base_ = [
    '../detectors/faster-rcnn_vgg16_tf-c4_490k_coco.py',
    '../attacks/advrain_margin.py'
]
test_cfg = _base_.attack_loop
