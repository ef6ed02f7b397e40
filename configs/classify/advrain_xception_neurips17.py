# Adversarial rain (AdvRain-MI-FGSM) against Xception.
_base_ = [
    '../_base_/models/xception_timm.py', '../_base_/datasets/neurips17_dev.py',
    '../_base_/attacks/classify/advrain.py'
]
test_cfg = _base_.attack_loop
