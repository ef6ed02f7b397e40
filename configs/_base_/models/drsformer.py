# DRSformer, as its authors train it on Rain200H, DID-Data and DDN-Data.
model = dict(
    type='mmadvrain.DerainModel',
    derainer=dict(
        type='mmadvrain.DRSformer',
        dim=48,
        num_blocks=(4, 6, 6, 8),
        heads=(1, 2, 4, 8),
        experts=True))
