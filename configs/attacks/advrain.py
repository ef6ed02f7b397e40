# Adversarial rain against any detector (Algorithm 2 of the paper), by the
# detector's own training loss. For two-stage detectors advrain_margin.py is
# stronger.
_base_ = [
    '../_base_/perturbations/rain.py', '../_base_/objectives/detector_loss.py',
    '../_base_/rules/momentum.py'
]
attack_loop = dict(
    type='mmadvrain.AttackLoop',
    # beside random rain of equal area, one of equal L2
    random_views=['l2'],
    attack=dict(
        type='mmadvrain.IterativeAttack',
        steps=20,
        perturbation=_base_.rain_perturbation,
        objectives=[_base_.detector_loss_objective],
        rules=[_base_.momentum_rule]))
