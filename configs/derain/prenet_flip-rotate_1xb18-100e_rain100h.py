# PReNet on Rain100H with one layer of normal rain, then flips and rotations.
# PSNR/SSIM in the paper of adversarial rain: 29.45/0.8931.
_base_ = './prenet_plain_1xb18-100e_rain100h.py'
train_dataloader = dict(
    dataset=dict(dataset=dict(pipeline=_base_.patches_flip_rotate)))
