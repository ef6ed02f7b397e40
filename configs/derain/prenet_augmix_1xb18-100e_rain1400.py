# PReNet on Rain1400 with AugMix of normal rain. PSNR/SSIM in the paper of
# adversarial rain: 32.29/0.9468.
_base_ = './prenet_plain_1xb18-100e_rain1400.py'
train_dataloader = dict(
    dataset=dict(dataset=dict(pipeline=_base_.patches_augmix)))
