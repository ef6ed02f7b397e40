# TI-MI-FGSM: MI-FGSM with a smoothed gradient.
_base_ = './ifgsm.py'
attack_loop = dict(
    attack=dict(rules=[
        dict(type='mmadvrain.GaussianSmoothingRule', kernel_size=15, nsig=3.),
        dict(type='mmadvrain.MomentumRule', decay=1.0)
    ]))
