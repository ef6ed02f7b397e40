# Adversarial rain (AdvRain-MI-FGSM) against an ImageNet MobileNetV1:
#   python tools/attack.py configs/classify/advrain_mobilenet-v1_neurips17.py \
#       mobilenet_v1.ts.pt --trust-checkpoint
_base_ = [
    '../_base_/models/torchscript_classifier.py',
    '../_base_/datasets/neurips17_dev.py',
    '../_base_/objectives/cross_entropy.py', '../_base_/rules/sign.py',
    '../attacks/advrain.py'
]
model = dict(input_size=192)
test_cfg = _base_.attack_loop
test_cfg.victim = dict(type='mmadvrain.ClassifierVictim')
test_cfg.attack.objectives = [_base_.cross_entropy_objective]
test_cfg.attack.rules.append(_base_.sign_rule)
