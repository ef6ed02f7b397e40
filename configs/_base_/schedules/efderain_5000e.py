# The schedule of EfDeRain on Rain100H: Adam, 2e-4, falling to 0 from epoch
# 2000 on. Its authors write that the published weights took 3500 to 4000
# epochs with L1 only (ssim_weight=0), then about 2500 with SSIM.
patches = [
    dict(type='mmadvrain.LoadRainPair'),
    dict(type='mmadvrain.PairedRandomCrop', crop_size=256),
    dict(type='mmadvrain.PackDerainInputs')
]
patches_flip_rotate = [
    dict(type='mmadvrain.LoadRainPair'),
    dict(type='mmadvrain.PairedRandomCrop', crop_size=256),
    dict(type='mmadvrain.PairedFlipRotate'),
    dict(type='mmadvrain.PackDerainInputs')
]
# half of the images keep the set's own rain, as augmented ones are added to it
patches_augmix = [
    dict(type='mmadvrain.LoadRainPair'),
    dict(type='mmadvrain.PairedRandomCrop', crop_size=256),
    dict(
        type='mmadvrain.MixAdversarialRain',
        layers=dict(type='mmadvrain.UniformLayers'),
        prob=0.5),
    dict(type='mmadvrain.PackDerainInputs')
]
# tools/dataset_converters/pack_rain_bank.py makes the bank
patches_advrain = [
    dict(type='mmadvrain.LoadRainPair'),
    dict(type='mmadvrain.PairedRandomCrop', crop_size=256),
    dict(
        type='mmadvrain.MixAdversarialRain',
        layers=dict(type='mmadvrain.BankLayers', bank='data/rain_bank'),
        prob=0.5),
    dict(type='mmadvrain.PackDerainInputs')
]
patches_rainmix = [
    dict(type='mmadvrain.LoadRainPair'),
    dict(type='mmadvrain.PairedRandomCrop', crop_size=256),
    dict(type='mmadvrain.RainMix'),
    dict(type='mmadvrain.PackDerainInputs')
]
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
