# EfDeRain on Rain100H. PSNR/SSIM in the paper of adversarial rain:
# 30.35/0.8971.
_base_ = [
    '../_base_/models/efderain.py', '../_base_/datasets/rain100h.py',
    '../_base_/schedules/efderain_5000e.py', '../_base_/derain_runtime.py'
]
train_dataloader = dict(
    batch_size=16,
    dataset=dict(times=1, dataset=dict(pipeline=_base_.patches)))
