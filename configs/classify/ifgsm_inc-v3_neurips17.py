# I-FGSM against Inception v3, a row of Table 3.
_base_ = [
    '../_base_/models/inc-v3_timm.py', '../_base_/datasets/neurips17_dev.py',
    '../_base_/attacks/classify/ifgsm.py'
]
test_cfg = _base_.attack_loop
