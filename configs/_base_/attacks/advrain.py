# Adversarial rain against any detector (Algorithm 2 of the paper), by the
# detector's own training loss. For two-stage detectors advrain_margin.py is
# stronger.
# A leaf config takes it over with
#   test_cfg = _base_.attack_loop
attack_loop = dict(
    type='mmadvrain.AttackLoop',
    attack=dict(
        type='mmadvrain.IterativeAttack',
        steps=20,
        perturbation=dict(
            type='mmadvrain.RainPerturbation',
            init=dict(
                type='mmadvrain.UniformFactors',
                density=0.005,
                bounds=dict(
                    noise=(0.7, 1.0),
                    theta=0.2,
                    # the paper allows 0; a drop nobody sees is no rain
                    kernels=(0.06, 0.3),
                    tilt_deg=25.,
                    theta_y_min=0.08),
                # None for the literal kernels of Eq. (1)
                knots=5),
            step_sizes=dict(noise=0.03, theta=0.01, kernels=0.03),
            # never brighter than the rain it starts from
            brightness_budget=1.0),
        objectives=[dict(type='mmadvrain.DetectorLossObjective', num_rois=64)],
        rules=[dict(type='mmadvrain.MomentumRule', decay=1.0)]))
