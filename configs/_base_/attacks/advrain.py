# Adversarial rain against a two-stage detector (Algorithm 2 of the paper).
# A leaf config takes it over with
#   test_cfg = _base_.advrain
advrain = dict(
    type='mmadvrain.AttackLoop',
    attack=dict(
        type='mmadvrain.IterativeAttack',
        steps=20,
        perturbation=dict(
            type='mmadvrain.RainLayer',
            init=dict(type='mmadvrain.UniformFactors', density=0.005),
            step_sizes=dict(noise=0.03, theta=0.01, kernels=0.03)),
        objectives=[dict(type='mmadvrain.RAPObjective')],
        rules=[dict(type='mmadvrain.MomentumRule', decay=1.0)]))
