# Adversarial rain (AdvRain-MI-FGSM, Algorithm 1 of the paper) against
# Inception v3.
_base_ = [
    '../_base_/models/timm_classifier.py',
    '../_base_/datasets/neurips17_dev.py',
    '../_base_/objectives/cross_entropy.py', '../_base_/rules/sign.py',
    '../attacks/advrain.py'
]
model = dict(network=dict(name='inc-v3'))
test_cfg = _base_.attack_loop
test_cfg.victim = dict(type='mmadvrain.ClassifierVictim')
test_cfg.attack.objectives = [_base_.cross_entropy_objective]
test_cfg.attack.rules.append(_base_.sign_rule)
