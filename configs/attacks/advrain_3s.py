# The rain layer in three large steps, for training against it.
_base_ = './advrain.py'
attack_loop = dict(
    attack=dict(
        steps=3,
        perturbation=dict(
            step_sizes=dict(noise=0.1, theta=0.05, kernels=0.1))))
