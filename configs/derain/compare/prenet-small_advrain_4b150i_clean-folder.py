# The small comparison, with layers of an attack.
_base_ = './prenet-small_plain_4b150i_clean-folder.py'
pipeline = [_base_.load_clean, _base_.crop, _base_.advrain, _base_.pack]
train_dataloader = dict(dataset=dict(pipeline=pipeline))
