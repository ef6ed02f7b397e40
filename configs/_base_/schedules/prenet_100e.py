# The schedule of PReNet: Adam, 1e-3, a fifth of it after epochs 30, 50 and 80.
# Its release cuts patches of 100 pixels every 80 (Rain100H) or 100 pixels
# (Rain1400) beforehand; here they are drawn anew, as many per image and epoch.
_base_ = '../derain_steps.py'
crop = dict(type='mmadvrain.PairedRandomCrop', crop_size=100)
patches = [_base_.load, crop, _base_.pack]
patches_flip_rotate = [
    _base_.load, crop, _base_.single_rain, _base_.flip_rotate, _base_.pack
]
patches_augmix = [_base_.load, crop, _base_.augmix, _base_.pack]
patches_advrain = [_base_.load, crop, _base_.advrain, _base_.pack]
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=100, val_interval=5)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=1e-3))
param_scheduler = [
    dict(
        type='MultiStepLR', by_epoch=True, milestones=[30, 50, 80], gamma=0.2)
]
