# The small comparison, with flips and rotations.
_base_ = './prenet-small_plain_4b150i_clean-folder.py'
train_dataloader = dict(
    dataset=dict(pipeline=[
        _base_.load_clean, _base_.crop, _base_.flip_rotate, _base_.pack
    ]))
