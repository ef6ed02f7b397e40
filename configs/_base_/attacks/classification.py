# The rows of the paper's Table 3: one loop, lists of rules. A leaf config
# takes one over with
#   test_cfg = _base_.advrain_mi_fgsm
_base_ = './advrain.py'
_momentum = dict(type='mmadvrain.MomentumRule', decay=1.0)
_sign = dict(type='mmadvrain.SignRule')
_diverse = dict(type='mmadvrain.DiverseInputRule')
_smooth = dict(type='mmadvrain.GaussianSmoothingRule')
_task = dict(type='mmadvrain.ClassificationTask')
_objectives = [dict(type='mmadvrain.CrossEntropyObjective')]

# rain: Algorithm 1, S = 20
advrain_mi_fgsm = dict(
    type='mmadvrain.AttackLoop',
    task=_task,
    attack=dict(
        type='mmadvrain.IterativeAttack',
        steps=20,
        perturbation=_base_.advrain.attack.perturbation,
        objectives=_objectives,
        rules=[_momentum, _sign]))
advrain_dim = dict(
    type='mmadvrain.AttackLoop',
    task=_task,
    attack=dict(
        type='mmadvrain.IterativeAttack',
        steps=20,
        perturbation=_base_.advrain.attack.perturbation,
        objectives=_objectives,
        rules=[_diverse, _momentum, _sign]))
advrain_ti_mi_fgsm = dict(
    type='mmadvrain.AttackLoop',
    task=_task,
    attack=dict(
        type='mmadvrain.IterativeAttack',
        steps=20,
        perturbation=_base_.advrain.attack.perturbation,
        objectives=_objectives,
        rules=[_smooth, _momentum, _sign]))
