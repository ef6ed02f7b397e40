# MPRNet, as its authors train it on Rain13K.
model = dict(
    type='mmadvrain.DerainModel',
    derainer=dict(type='mmadvrain.MPRNet', channels=40, blocks=8))
