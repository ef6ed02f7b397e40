# The small comparison, with flips and rotations.
_base_ = './prenet-small_plain_4b150i_clean-folder.py'
augment = dict(type='mmadvrain.PairedFlipRotate')
train_dataloader = dict(
    dataset=dict(pipeline=[_base_.load, _base_.crop, augment, _base_.pack]))
