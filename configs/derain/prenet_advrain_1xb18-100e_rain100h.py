# PReNet on Rain100H with layers of an attack (AdvRain). PSNR/SSIM in the
# paper of adversarial rain: 30.65/0.9012.
_base_ = './prenet_plain_1xb18-100e_rain100h.py'
train_dataloader = dict(
    dataset=dict(dataset=dict(pipeline=_base_.patches_advrain)))
