# FGSM: one signed step of noise against the detector's own loss. The noise
# attacks inherit it, and like every file here it gives its loop the name
# `attack_loop`, so that a leaf config takes over any of them with
#   test_cfg = _base_.attack_loop
attack_loop = dict(
    type='mmadvrain.AttackLoop',
    attack=dict(
        type='mmadvrain.IterativeAttack',
        steps=1,
        # the image after the last step, as the attacks of this family have it
        keep='last',
        perturbation=dict(
            type='mmadvrain.NoisePerturbation',
            epsilon=16 / 255,
            step_size=16 / 255),
        objectives=[dict(type='mmadvrain.DetectorLossObjective', num_rois=64)],
        rules=[]))
