# The rain layer with the objectives of RAP and DAG together.
_base_ = './advrain.py'
attack_loop = dict(
    attack=dict(objectives=[
        dict(type='mmadvrain.RAPObjective', min_score=0.1),
        dict(type='mmadvrain.DAGObjective', max_targets=64),
    ]))
