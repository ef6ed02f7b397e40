# Adversarial rain against any detector: the detector's own training loss is
# climbed, so that nothing has to be known of its stages.
_base_ = './advrain.py'
advrain = dict(
    attack=dict(objectives=[dict(type='mmadvrain.DetectorLossObjective')]))
