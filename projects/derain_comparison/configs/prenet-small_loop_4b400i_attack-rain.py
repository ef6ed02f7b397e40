# Half of the images in rain that the derainer itself fails on by then: a loop
# of attack and training.
_base_ = './_base_/attack_rain.py'
custom_hooks = [
    dict(type='mmadvrain.RainEpochHook'),
    dict(
        type='mmadvrain.AdversarialDerainHook',
        attack=dict(
            _base_.attack_loop.attack,
            objectives=[dict(type='mmadvrain.RestorationObjective')]),
        probability=0.5)
]
