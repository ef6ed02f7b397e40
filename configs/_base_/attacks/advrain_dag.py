# The rain layer with DAG's objective.
_base_ = './advrain.py'
attack_loop = dict(
    attack=dict(objectives=[
        dict(type='mmadvrain.DAGObjective', max_targets=64),
    ]))
