# TI-FGSM: FGSM with a smoothed gradient.
_base_ = [
    '../_base_/perturbations/noise.py',
    '../_base_/objectives/detector_loss.py',
    '../_base_/rules/gaussian_smoothing.py'
]
attack_loop = dict(
    type='mmadvrain.AttackLoop',
    attack=dict(
        type='mmadvrain.IterativeAttack',
        steps=1,
        keep='last',
        perturbation=_base_.noise_perturbation,
        objectives=[_base_.detector_loss_objective],
        rules=[_base_.gaussian_smoothing_rule]))
