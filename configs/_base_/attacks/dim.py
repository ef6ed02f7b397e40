# DIM as in the released code: 20 steps of 1/255, no momentum. A decay of 1
# makes it M-DI2-FGSM.
_base_ = './ifgsm.py'
attack_loop = dict(
    attack=dict(
        steps=20,
        perturbation=dict(step_size=1 / 255),
        rules=[
            dict(type='mmadvrain.DiverseInputRule', prob=0.5, ratio=330 / 299),
            dict(type='mmadvrain.MomentumRule', decay=0.0)
        ]))
