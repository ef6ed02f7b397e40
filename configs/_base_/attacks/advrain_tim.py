# Adversarial rain with a smoothed gradient and momentum, AdvRain-TI-MI-FGSM.
_base_ = './advrain.py'
attack_loop = dict(
    attack=dict(rules=[
        dict(type='mmadvrain.GaussianSmoothingRule', kernel_size=15, nsig=3.),
        dict(type='mmadvrain.MomentumRule', decay=1.0)
    ]))
