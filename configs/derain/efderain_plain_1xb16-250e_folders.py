# EfDeRain on two folders of your own, data/rain_pairs.
_base_ = [
    '../_base_/models/efderain.py', '../_base_/datasets/rain_pairs.py',
    '../_base_/schedules/efderain_250e.py', '../_base_/derain_runtime.py'
]
train_dataloader = dict(
    batch_size=16,
    dataset=dict(times=1, dataset=dict(pipeline=_base_.patches)))
