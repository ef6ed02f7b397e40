# The paper's attack on detectors as it is written (Algorithm 2): RAP with its
# own thresholds, the sign of the image's gradient, one weight a step and
# channel of each drop in [0, eps_k], and no limit beyond Eq. (4).
_base_ = ['./advrain_rap.py', '../_base_/rules/sign.py']
attack_loop = dict(
    attack=dict(
        perturbation=dict(
            init=dict(
                _delete_=True,
                type='mmadvrain.UniformFactors',
                density=0.005,
                bounds=dict(noise=(0.7, 1.0), theta=0.2, kernels=(0.0, 0.3)),
                knots=None),
            brightness_budget=None),
        objectives=[_base_.rap_objective],
        rules=[_base_.sign_rule]))
