# Adversarial rain with diverse input and momentum.
_base_ = './advrain.py'
attack_loop = dict(
    attack=dict(rules=[
        dict(type='mmadvrain.DiverseInputRule', prob=0.5, ratio=330 / 299),
        dict(type='mmadvrain.MomentumRule', decay=1.0)
    ]))
