# Blends of three random layers over half of the images.
_base_ = './_base_/attack_rain.py'
train_dataloader = dict(
    dataset=dict(
        pipeline=[_base_.load_clean, _base_.crop, _base_.augmix, _base_.pack]))
