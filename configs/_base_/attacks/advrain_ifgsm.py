# Adversarial rain without momentum.
_base_ = './advrain.py'
attack_loop = dict(attack=dict(rules=[]))
