# PReNet on Rain100H. PSNR/SSIM: 29.46/0.899 published, on Y; 29.44/0.8930 in
# the paper of adversarial rain, which does not say of which channels.
_base_ = [
    '../_base_/models/prenet.py', '../_base_/datasets/rain100h.py',
    '../_base_/schedules/prenet_100e.py', '../_base_/derain_runtime.py'
]
train_dataloader = dict(
    batch_size=18,
    dataset=dict(times=15, dataset=dict(pipeline=_base_.patches)))
