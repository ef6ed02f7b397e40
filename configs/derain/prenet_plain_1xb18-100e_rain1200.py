# PReNet on Rain1200; its authors publish no numbers for it.
_base_ = [
    '../_base_/models/prenet.py', '../_base_/datasets/rain1200.py',
    '../_base_/schedules/prenet_100e.py', '../_base_/derain_runtime.py'
]
train_dataloader = dict(
    batch_size=18,
    dataset=dict(times=15, dataset=dict(pipeline=_base_.patches)))
