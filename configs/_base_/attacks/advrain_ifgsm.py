# Adversarial rain without momentum.
_base_ = './advrain.py'
advrain = dict(attack=dict(rules=[]))
