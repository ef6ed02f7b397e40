# Adversarial training: half the images get rain made against the detector.
_base_ = [
    '../_base_/fine-tune.py', '../../../../configs/attacks/advrain_3s.py'
]
custom_hooks = [
    dict(
        type='mmadvrain.AdversarialRainHook',
        attack={{_base_.attack_loop.attack}},
        probability=0.5)
]
