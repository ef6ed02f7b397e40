# Adversarial rain (AdvRain-MI-FGSM) against the Inception-ResNet v2 that was
# trained on an ensemble of attacks.
_base_ = [
    '../_base_/models/incres-v2-ens_timm.py',
    '../_base_/datasets/neurips17_dev.py',
    '../_base_/attacks/classify/advrain.py'
]
test_cfg = _base_.attack_loop
