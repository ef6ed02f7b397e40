# EfDeRain on Rain100H with RainMix, its authors' own augmentation.
_base_ = './efderain_plain_1xb16-5000e_rain100h.py'
train_dataloader = dict(
    dataset=dict(dataset=dict(pipeline=_base_.patches_rainmix)))
