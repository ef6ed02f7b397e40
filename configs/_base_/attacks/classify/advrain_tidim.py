# AdvRain-TI-DIM: diverse input (in 0.7 of the steps), smoothing, momentum.
_base_ = './advrain.py'
attack_loop = dict(
    attack=dict(rules=[
        dict(type='mmadvrain.DiverseInputRule', prob=0.7, ratio=330 / 299),
        dict(type='mmadvrain.GaussianSmoothingRule', kernel_size=15, nsig=3.),
        dict(type='mmadvrain.MomentumRule', decay=1.0),
        dict(type='mmadvrain.SignRule')
    ]))
