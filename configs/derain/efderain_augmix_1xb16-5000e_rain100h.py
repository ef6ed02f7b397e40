# EfDeRain on Rain100H with AugMix of normal rain. PSNR/SSIM in the paper of
# adversarial rain: 30.62/0.9032.
_base_ = './efderain_plain_1xb16-5000e_rain100h.py'
train_dataloader = dict(
    dataset=dict(dataset=dict(pipeline=_base_.patches_augmix)))
