# FGSM: one signed step of noise against the detector's own loss.
_base_ = [
    '../_base_/perturbations/noise.py', '../_base_/objectives/detector_loss.py'
]
attack_loop = dict(
    type='mmadvrain.AttackLoop',
    attack=dict(
        type='mmadvrain.IterativeAttack',
        steps=1,
        # the image after the last step, as the attacks of this family have it
        keep='last',
        perturbation=_base_.noise_perturbation,
        objectives=[_base_.detector_loss_objective],
        rules=[]))
