# MI-FGSM: I-FGSM with momentum 1.
_base_ = './ifgsm.py'
attack_loop = dict(
    attack=dict(rules=[dict(type='mmadvrain.MomentumRule', decay=1.0)]))
