# Adversarial rain (AdvRain-MI-FGSM) against Inception-ResNet v2.
_base_ = [
    '../_base_/models/incres-v2_timm.py',
    '../_base_/datasets/neurips17_dev.py',
    '../_base_/attacks/classify/advrain.py'
]
test_cfg = _base_.attack_loop
