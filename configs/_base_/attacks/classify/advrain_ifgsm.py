# AdvRain-I-FGSM: the sign of the image gradient, without momentum.
_base_ = './advrain.py'
advrain = dict(attack=dict(rules=[dict(type='mmadvrain.SignRule')]))
