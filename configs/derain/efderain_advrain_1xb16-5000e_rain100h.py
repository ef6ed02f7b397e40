# EfDeRain on Rain100H with layers of an attack (AdvRain). PSNR/SSIM in the
# paper of adversarial rain: 31.04/0.9085.
_base_ = './efderain_plain_1xb16-5000e_rain100h.py'
train_dataloader = dict(
    dataset=dict(dataset=dict(pipeline=_base_.patches_advrain)))
