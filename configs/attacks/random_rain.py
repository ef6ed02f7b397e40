# Random rain: what adversarial rain starts from, and nothing optimised. The
# objective is read once and moves nothing. `random` is a second draw.
_base_ = './advrain.py'
attack_loop = dict(attack=dict(steps=1, keep='best'))
