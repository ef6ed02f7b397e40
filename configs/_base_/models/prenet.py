# PReNet with 6 stages and its loss, negative SSIM of the last stage.
model = dict(
    type='mmadvrain.DerainModel',
    derainer=dict(type='mmadvrain.PReNet', stages=6, recurrent='lstm'),
    loss=dict(type='mmadvrain.NegativeSSIMLoss'))
