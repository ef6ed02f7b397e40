# The detector's own training loss, upwards. It fits any detector.
detector_loss_objective = dict(
    type='mmadvrain.DetectorLossObjective', num_rois=64)
