# MI-FGSM against Inception v3.
_base_ = [
    '../_base_/models/timm_classifier.py',
    '../_base_/datasets/neurips17_dev.py',
    '../_base_/objectives/cross_entropy.py', '../attacks/mifgsm.py'
]
model = dict(network=dict(name='inc-v3'))
test_cfg = _base_.attack_loop
test_cfg.victim = dict(type='mmadvrain.ClassifierVictim')
test_cfg.attack.objectives = [_base_.cross_entropy_objective]
