# The rain layer with DAG's objective.
_base_ = './advrain.py'
advrain = dict(
    attack=dict(objectives=[
        dict(type='mmadvrain.DAGObjective', max_targets=64),
    ]))
