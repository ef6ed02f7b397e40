# The strongest rain against two-stage detectors (docs/attack.md): the
# detector's own loss, and the margin of every class that is still right.
_base_ = [
    '../_base_/perturbations/rain.py', '../_base_/objectives/detector_loss.py',
    '../_base_/objectives/margin.py', '../_base_/rules/momentum.py'
]
attack_loop = dict(
    type='mmadvrain.AttackLoop',
    random_views=['l2'],  # beside random rain of equal area
    attack=dict(
        type='mmadvrain.IterativeAttack',
        steps=20,
        # one backward pass through the backbone for both objectives
        balance='features',
        stop=dict(),  # dict(margin=0.) ends images of which nothing is left
        perturbation=dict(_base_.rain_perturbation, brightness_budget=1.03),
        objectives=[_base_.detector_loss_objective, _base_.margin_objective],
        # 1.0, as of MI-FGSM, is weaker here
        rules=[dict(_base_.momentum_rule, decay=0.5)]))
