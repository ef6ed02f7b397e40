# Steps of a derainer's training pipeline: what comes before and after the
# crop, and the augmentations of Table 7, which come between crop and pack.
load = dict(type='mmadvrain.LoadRainPair')
# of clean images, which get their rain with the crop
load_clean = dict(type='mmadvrain.LoadRainPair', defer_rain=True)
pack = dict(type='mmadvrain.PackDerainInputs')
# what Flip-Rotation of Table 7 has ahead of it: "a single normal rainy layer",
# over half of the images
single_rain = dict(
    type='mmadvrain.MixAdversarialRain',
    layers=dict(type='mmadvrain.UniformRain'),
    num_layers=1,
    prob=0.5)
flip_rotate = dict(type='mmadvrain.PairedFlipRotate')
# half of the images keep the set's own rain, as augmented ones are added to it
augmix = dict(
    type='mmadvrain.MixAdversarialRain',
    layers=dict(type='mmadvrain.UniformRain'),
    prob=0.5)
# tools/dataset_converters/pack_rain_bank.py makes the bank
advrain = dict(
    type='mmadvrain.MixAdversarialRain',
    layers=dict(type='mmadvrain.BankRain', bank='data/rain_bank'),
    prob=0.5)
rainmix = dict(type='mmadvrain.RainMix')
