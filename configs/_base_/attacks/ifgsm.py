# I-FGSM: FGSM in ten steps.
_base_ = './fgsm.py'
attack_loop = dict(
    attack=dict(steps=10, perturbation=dict(step_size=1.6 / 255)))
