# Adversarial rain as an augmentation: half of the images get a blend of layers
# from a bank, see docs/derain.md. Nothing is attacked during training.
_base_ = '../_base_/fine-tune.py'
mix = dict(
    type='mmadvrain.MixRainOnImage',
    layers=dict(type='mmadvrain.BankRain', bank='data/rain_bank'),
    prob=0.5)
train_dataloader = dict(
    dataset=dict(
        pipeline=[*_base_.train_pipeline[:-1], mix, _base_.train_pipeline[-1]
                  ]))
