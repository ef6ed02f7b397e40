# PReNet on Rain1400 with layers of an attack (AdvRain). PSNR/SSIM in the
# paper of adversarial rain: 32.95/0.9480.
_base_ = './prenet_plain_1xb18-100e_rain1400.py'
train_dataloader = dict(
    dataset=dict(dataset=dict(pipeline=_base_.patches_advrain)))
