# An ImageNet MobileNetV1 behind PReNet: the attack passes through both.
#   python tools/attack.py configs/defend/prenet_mobilenet-v1_neurips17.py \
#       mobilenet_v1.ts.pt --trust-checkpoint
_base_ = [
    '../classify/advrain_mobilenet-v1_neurips17.py',
    '../_base_/models/prenet_rain100h.py'
]
model = dict(derainer={{_base_.derainer}})
