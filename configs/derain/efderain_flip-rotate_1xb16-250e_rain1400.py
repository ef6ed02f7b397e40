# EfDeRain on Rain1400 with one layer of normal rain, then flips and rotations.
# PSNR/SSIM in the paper of adversarial rain: 32.10/0.9255.
_base_ = './efderain_plain_1xb16-250e_rain1400.py'
train_dataloader = dict(
    dataset=dict(dataset=dict(pipeline=_base_.patches_flip_rotate)))
