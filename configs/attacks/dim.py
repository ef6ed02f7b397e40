# DIM as in the released code: 20 steps of 1/255, no momentum. A decay of 1
# makes it M-DI2-FGSM.
_base_ = [
    '../_base_/perturbations/noise.py',
    '../_base_/objectives/detector_loss.py',
    '../_base_/rules/diverse_input.py', '../_base_/rules/momentum.py'
]
attack_loop = dict(
    type='mmadvrain.AttackLoop',
    attack=dict(
        type='mmadvrain.IterativeAttack',
        steps=20,
        keep='last',
        perturbation=dict(_base_.noise_perturbation, step_size=1 / 255),
        objectives=[_base_.detector_loss_objective],
        rules=[
            _base_.diverse_input_rule,
            dict(_base_.momentum_rule, decay=0.0)
        ]))
