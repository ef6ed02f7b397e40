# The small comparison, with AugMix of normal rain.
_base_ = './prenet-small_plain_4b150i_clean-folder.py'
augment = dict(
    type='mmadvrain.MixAdversarialRain',
    layers=dict(type='mmadvrain.UniformLayers'),
    prob=0.5)
train_dataloader = dict(
    dataset=dict(pipeline=[_base_.load, _base_.crop, augment, _base_.pack]))
