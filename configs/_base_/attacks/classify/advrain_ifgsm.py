# AdvRain-I-FGSM: the sign of the image gradient, without momentum.
_base_ = './advrain.py'
attack_loop = dict(attack=dict(rules=[dict(type='mmadvrain.SignRule')]))
