# TI-DIM: diverse input (in 0.7 of the steps), smoothing and momentum.
_base_ = [
    '../_base_/perturbations/noise.py',
    '../_base_/objectives/detector_loss.py',
    '../_base_/rules/diverse_input.py',
    '../_base_/rules/gaussian_smoothing.py', '../_base_/rules/momentum.py'
]
attack_loop = dict(
    type='mmadvrain.AttackLoop',
    attack=dict(
        type='mmadvrain.IterativeAttack',
        steps=10,
        keep='last',
        perturbation=dict(_base_.noise_perturbation, step_size=1.6 / 255),
        objectives=[_base_.detector_loss_objective],
        rules=[
            dict(_base_.diverse_input_rule, prob=0.7),
            _base_.gaussian_smoothing_rule, _base_.momentum_rule
        ]))
