# PReNet on Rain100H with AugMix of normal rain. PSNR/SSIM in the paper of
# adversarial rain: 30.10/0.8976.
_base_ = './prenet_plain_1xb18-100e_rain100h.py'
train_dataloader = dict(
    dataset=dict(dataset=dict(pipeline=_base_.patches_augmix)))
