# AdvRain on detectors with RAP's objective. Against advrain_paper.py, which is
# the paper's attack as it is written, it changes what makes streaks look like
# rain (one achromatic profile over five knots a drop, a least brightness, a
# limit of the tilt), takes momentum for the sign, and counts proposals of a
# lower objectness.
_base_ = [
    '../_base_/perturbations/rain.py', '../_base_/objectives/rap.py',
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
        objectives=[dict(_base_.rap_objective, min_score=0.1)],
        rules=[_base_.momentum_rule]))
