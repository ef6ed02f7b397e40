# EfDeRain on Rain100H with one layer of normal rain, then flips and rotations.
# PSNR/SSIM in the paper of adversarial rain: 30.37/0.8976.
_base_ = './efderain_plain_1xb16-5000e_rain100h.py'
train_dataloader = dict(
    dataset=dict(dataset=dict(pipeline=_base_.patches_flip_rotate)))
