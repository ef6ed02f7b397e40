# EfDeRain on Rain1400. PSNR/SSIM in the paper of adversarial rain:
# 32.06/0.9248.
_base_ = [
    '../_base_/models/efderain.py', '../_base_/datasets/rain1400.py',
    '../_base_/schedules/efderain_250e.py', '../_base_/derain_runtime.py'
]
train_dataloader = dict(
    batch_size=16,
    dataset=dict(times=1, dataset=dict(pipeline=_base_.patches)))
