# Adversarial rain (AdvRain-MI-FGSM) against the adversarially trained
# Inception v3.
_base_ = [
    '../_base_/models/adv-inc-v3_timm.py',
    '../_base_/datasets/neurips17_dev.py',
    '../_base_/attacks/classify/advrain.py'
]
test_cfg = _base_.attack_loop
