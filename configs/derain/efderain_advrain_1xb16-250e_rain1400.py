# EfDeRain on Rain1400 with layers of an attack (AdvRain). PSNR/SSIM in the
# paper of adversarial rain: 32.72/0.9303.
_base_ = './efderain_plain_1xb16-250e_rain1400.py'
train_dataloader = dict(
    dataset=dict(dataset=dict(pipeline=_base_.patches_advrain)))
