# The same two epochs with as much random rain: what adversarial training is
# to be compared with.
_base_ = [
    '../_base_/fine-tune.py', '../../../../configs/attacks/advrain_3s.py'
]
custom_hooks = [
    dict(
        type='mmadvrain.RainInjectionHook',
        init={{_base_.attack_loop.attack.perturbation.init}},
        probability=0.5,
        test=False)
]
