# PReNet on SPA-Data; its authors publish no numbers for it.
_base_ = [
    '../_base_/models/prenet.py', '../_base_/datasets/spa_data.py',
    '../_base_/schedules/prenet_100e.py', '../_base_/derain_runtime.py'
]
train_dataloader = dict(
    batch_size=18,
    dataset=dict(times=1, dataset=dict(pipeline=_base_.patches)))
