# An ImageNet MobileNetV2 behind PReNet: the attack passes through both.
_base_ = [
    '../classify/advrain_mobilenet-v2_neurips17.py',
    '../_base_/models/prenet_rain100h.py'
]
model = dict(derainer={{_base_.derainer}})
