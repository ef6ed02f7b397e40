# Adversarial rain (AdvRain-MI-FGSM) against an ImageNet MobileNetV1:
#   python tools/attack.py configs/classify/advrain_mobilenet-v1_neurips17.py \
#       mobilenet_v1.ts.pt --trust-checkpoint
_base_ = [
    '../_base_/models/mobilenet-v1_torchscript.py',
    '../_base_/datasets/neurips17_dev.py',
    '../_base_/attacks/classify/advrain.py'
]
test_cfg = _base_.attack_loop
