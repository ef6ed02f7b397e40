# EfDeRain, version 3: one 3x3 kernel per pixel at four dilations; its loss is
# L1 - 0.2 SSIM.
model = dict(
    type='mmadvrain.DerainModel',
    derainer=dict(
        type='mmadvrain.EfDeRain', kernel_size=3, dilations=(1, 2, 3, 4)),
    loss=dict(type='mmadvrain.L1SSIMLoss', l1_weight=1.0, ssim_weight=0.2))
