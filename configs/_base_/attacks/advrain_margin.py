# The strongest rain against two-stage detectors (docs/attack.md): the
# detector's own loss, and the margin of every class that is still right.
_base_ = './advrain.py'
advrain = dict(
    attack=dict(
        objectives=[
            dict(type='mmadvrain.DetectorLossObjective', num_rois=64),
            dict(
                type='mmadvrain.DAGObjective',
                name='margin',
                wrong='runner_up',
                margin=6.,
                refresh=True,
                min_iou=0.3,
                min_prob=0.005,
                nms_iou=0.8,
                max_proposals=200,
                max_targets=64),
        ],
        perturbation=dict(brightness_budget=1.04)))
