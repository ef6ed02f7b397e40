# DAG: steps whose largest change is half a grey level, without a limit on the
# noise; targets that were reached push no more.
_base_ = ['../_base_/perturbations/noise.py', '../_base_/objectives/dag.py']
attack_loop = dict(
    type='mmadvrain.AttackLoop',
    attack=dict(
        type='mmadvrain.IterativeAttack',
        steps=150,
        keep='last',
        perturbation=dict(
            _base_.noise_perturbation,
            epsilon=None,
            step_size=0.5 / 255,
            norm='max'),
        objectives=[_base_.dag_objective],
        rules=[]))
