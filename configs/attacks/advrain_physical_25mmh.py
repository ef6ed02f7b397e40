# The worst rain of 25 mm/h: where its drops are and how the wind blows. The
# objectives are those of advrain_margin.py.
_base_ = [
    '../_base_/perturbations/physical_rain.py',
    '../_base_/objectives/detector_loss.py', '../_base_/objectives/margin.py',
    '../_base_/rules/momentum.py'
]
attack_loop = dict(
    type='mmadvrain.AttackLoop',
    attack=dict(
        type='mmadvrain.IterativeAttack',
        steps=20,
        perturbation=_base_.physical_rain_perturbation,
        objectives=[_base_.detector_loss_objective, _base_.margin_objective],
        rules=[dict(_base_.momentum_rule, decay=0.5)]))
