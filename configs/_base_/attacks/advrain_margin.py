# The strongest rain against two-stage detectors (docs/attack.md): the
# detector's own loss, and the margin of every class that is still right.
_base_ = './advrain.py'
attack_loop = dict(
    attack=dict(
        objectives=[
            dict(type='mmadvrain.DetectorLossObjective', num_rois=64),
            dict(type='mmadvrain.MarginObjective'),
        ],
        # 1.0, as of MI-FGSM, is weaker here
        rules=[dict(type='mmadvrain.MomentumRule', decay=0.5)],
        perturbation=dict(brightness_budget=1.03)))
