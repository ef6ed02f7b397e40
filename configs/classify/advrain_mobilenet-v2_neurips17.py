# Adversarial rain (AdvRain-MI-FGSM) against an ImageNet MobileNetV2:
#   python tools/attack.py configs/classify/advrain_mobilenet-v2_neurips17.py \
#       mobilenet_v2.ts.pt --trust-checkpoint
_base_ = './advrain_mobilenet-v1_neurips17.py'
model = dict(input_size=224)
