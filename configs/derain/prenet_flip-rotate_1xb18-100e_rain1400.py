# PReNet on Rain1400 with one layer of normal rain, then flips and rotations.
# PSNR/SSIM in the paper of adversarial rain: 32.58/0.9454.
_base_ = './prenet_plain_1xb18-100e_rain1400.py'
train_dataloader = dict(
    dataset=dict(dataset=dict(pipeline=_base_.patches_flip_rotate)))
