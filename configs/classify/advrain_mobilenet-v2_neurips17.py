# Adversarial rain (AdvRain-MI-FGSM) against an ImageNet MobileNetV2:
#   python tools/attack.py configs/classify/advrain_mobilenet-v2_neurips17.py \
#       mobilenet_v2.ts.pt --trust-checkpoint
_base_ = [
    '../_base_/models/mobilenet-v2_torchscript.py',
    '../_base_/datasets/neurips17_dev.py',
    '../_base_/attacks/classify/advrain.py'
]
test_cfg = _base_.attack_loop
