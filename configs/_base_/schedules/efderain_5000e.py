# The schedule of EfDeRain on Rain100H: Adam, 2e-4, falling to 0 from epoch
# 2000 on. Its authors write that the published weights took 3500 to 4000
# epochs with L1 only (ssim_weight=0), then about 2500 with SSIM.
_base_ = '../derain_steps.py'
crop = dict(type='mmadvrain.PairedRandomCrop', crop_size=256)
patches = [_base_.load, crop, _base_.pack]
patches_flip_rotate = [
    _base_.load, crop, _base_.single_rain, _base_.flip_rotate, _base_.pack
]
patches_augmix = [_base_.load, crop, _base_.augmix, _base_.pack]
patches_advrain = [_base_.load, crop, _base_.advrain, _base_.pack]
patches_rainmix = [_base_.load, crop, _base_.rainmix, _base_.pack]
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=5000, val_interval=50)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='Adam', lr=2e-4, betas=(0.5, 0.999)))
param_scheduler = [
    dict(
        type='PolyLR',
        by_epoch=True,
        begin=2000,
        end=5000,
        power=1.0,
        eta_min=0.0)
]
