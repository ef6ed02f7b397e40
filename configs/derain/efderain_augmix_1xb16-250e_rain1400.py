# EfDeRain on Rain1400 with AugMix of normal rain. PSNR/SSIM in the paper of
# adversarial rain: 32.49/0.9278.
_base_ = './efderain_plain_1xb16-250e_rain1400.py'
train_dataloader = dict(
    dataset=dict(dataset=dict(pipeline=_base_.patches_augmix)))
