# TI-FGSM: FGSM with a smoothed gradient.
_base_ = './fgsm.py'
attack_loop = dict(
    attack=dict(rules=[
        dict(type='mmadvrain.GaussianSmoothingRule', kernel_size=15, nsig=3.)
    ]))
