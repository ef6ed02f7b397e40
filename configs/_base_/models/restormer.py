# Restormer, as its authors train it on Rain13K.
model = dict(
    type='mmadvrain.DerainModel',
    derainer=dict(
        type='mmadvrain.Restormer',
        dim=48,
        num_blocks=(4, 6, 6, 8),
        num_refinement_blocks=4,
        heads=(1, 2, 4, 8)))
