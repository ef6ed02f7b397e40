# Half of the images in the rain of attacks on a detector: one layer each, not
# dimmed by a blend, on the clean image.
_base_ = './_base_/attack_rain.py'
one_layer = dict(_base_.advrain, num_layers=1, clean_prob=1.)
train_dataloader = dict(
    dataset=dict(
        pipeline=[_base_.load_clean, _base_.crop, one_layer, _base_.pack]))
