# Scores PReNet as its authors do, see prenet_published_rain100h.py.
# Rain100L: 37.48/0.979 published.
_base_ = [
    '../_base_/models/prenet.py', '../_base_/datasets/rain100l.py',
    '../_base_/schedules/prenet_100e.py', '../_base_/derain_runtime.py'
]
train_dataloader = dict(
    batch_size=18,
    dataset=dict(times=15, dataset=dict(pipeline=_base_.patches)))
val_evaluator = dict(quantise='truncate', ssim_downsample=True)
test_evaluator = val_evaluator
