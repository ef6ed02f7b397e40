# The small comparison, with layers of an attack.
_base_ = './prenet-small_plain_4b150i_clean-folder.py'
augment = dict(
    type='mmadvrain.MixAdversarialRain',
    layers=dict(type='mmadvrain.BankLayers', bank='data/rain_bank'),
    prob=0.5)
train_dataloader = dict(
    dataset=dict(pipeline=[_base_.load, _base_.crop, augment, _base_.pack]))
