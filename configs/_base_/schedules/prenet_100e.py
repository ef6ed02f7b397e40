# The schedule of PReNet: Adam, 1e-3, a fifth of it after epochs 30, 50 and 80.
# Its release cuts patches of 100 pixels every 80 (Rain100H) or 100 pixels
# (Rain1400) beforehand; here they are drawn anew, as many per image and epoch.
patches = [
    dict(type='mmadvrain.LoadRainPair'),
    dict(type='mmadvrain.PairedRandomCrop', crop_size=100),
    dict(type='mmadvrain.PackDerainInputs')
]
patches_flip_rotate = [
    dict(type='mmadvrain.LoadRainPair'),
    dict(type='mmadvrain.PairedRandomCrop', crop_size=100),
    dict(type='mmadvrain.PairedFlipRotate'),
    dict(type='mmadvrain.PackDerainInputs')
]
# half of the images keep the set's own rain, as augmented ones are added to it
patches_augmix = [
    dict(type='mmadvrain.LoadRainPair'),
    dict(type='mmadvrain.PairedRandomCrop', crop_size=100),
    dict(
        type='mmadvrain.MixAdversarialRain',
        layers=dict(type='mmadvrain.UniformLayers'),
        prob=0.5),
    dict(type='mmadvrain.PackDerainInputs')
]
# tools/dataset_converters/pack_rain_bank.py makes the bank
patches_advrain = [
    dict(type='mmadvrain.LoadRainPair'),
    dict(type='mmadvrain.PairedRandomCrop', crop_size=100),
    dict(
        type='mmadvrain.MixAdversarialRain',
        layers=dict(type='mmadvrain.BankLayers', bank='data/rain_bank'),
        prob=0.5),
    dict(type='mmadvrain.PackDerainInputs')
]
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=100, val_interval=5)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=1e-3))
param_scheduler = [
    dict(
        type='MultiStepLR', by_epoch=True, milestones=[30, 50, 80], gamma=0.2)
]
