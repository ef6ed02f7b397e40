# M-DI2-FGSM, DIM with momentum, ten steps as its kin. The paper's row can
# only be this one: without momentum (decay 0, 20 steps of 1/255 in the
# released code) DIM transfers less than MI-FGSM.
_base_ = [
    '../_base_/perturbations/noise.py',
    '../_base_/objectives/detector_loss.py',
    '../_base_/rules/diverse_input.py', '../_base_/rules/momentum.py'
]
attack_loop = dict(
    type='mmadvrain.AttackLoop',
    attack=dict(
        type='mmadvrain.IterativeAttack',
        steps=10,
        keep='last',
        perturbation=dict(_base_.noise_perturbation, step_size=1.6 / 255),
        objectives=[_base_.detector_loss_objective],
        rules=[_base_.diverse_input_rule, _base_.momentum_rule]))
