# DAG: steps whose largest change is half a grey level, without a limit on the
# noise; targets that were reached push no more.
_base_ = './fgsm.py'
attack_loop = dict(
    attack=dict(
        steps=150,
        perturbation=dict(epsilon=None, step_size=0.5 / 255, norm='max'),
        objectives=[dict(type='mmadvrain.DAGObjective')]))
