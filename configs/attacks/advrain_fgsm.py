# Adversarial rain by one step: every factor goes to the end of its range.
_base_ = './advrain.py'
attack_loop = dict(
    attack=dict(
        steps=1,
        keep='last',
        perturbation=dict(step_sizes=dict(noise=0.3, theta=0.4, kernels=0.3)),
        rules=[]))
