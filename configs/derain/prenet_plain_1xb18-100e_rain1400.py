# PReNet on Rain1400. PSNR/SSIM: 32.60/0.946 published, on Y; 32.56/0.9452 in
# the paper of adversarial rain, which does not say of which channels.
_base_ = [
    '../_base_/models/prenet.py', '../_base_/datasets/rain1400.py',
    '../_base_/schedules/prenet_100e.py', '../_base_/derain_runtime.py'
]
train_dataloader = dict(
    batch_size=18,
    dataset=dict(times=15, dataset=dict(pipeline=_base_.patches)))
