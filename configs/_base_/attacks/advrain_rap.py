# The paper's AdvRain on detectors: the rain layer with RAP's objective.
_base_ = './advrain.py'
attack_loop = dict(
    attack=dict(objectives=[
        dict(type='mmadvrain.RAPObjective', min_score=0.1),
    ]))
