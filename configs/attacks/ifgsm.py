# I-FGSM: FGSM in ten steps.
_base_ = [
    '../_base_/perturbations/noise.py', '../_base_/objectives/detector_loss.py'
]
attack_loop = dict(
    type='mmadvrain.AttackLoop',
    attack=dict(
        type='mmadvrain.IterativeAttack',
        steps=10,
        keep='last',
        perturbation=dict(_base_.noise_perturbation, step_size=1.6 / 255),
        objectives=[_base_.detector_loss_objective],
        rules=[]))
