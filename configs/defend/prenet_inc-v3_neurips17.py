# Inception v3 behind PReNet: the attack passes through both.
_base_ = [
    '../classify/advrain_inc-v3_neurips17.py',
    '../_base_/models/prenet_rain100h.py'
]
model = dict(derainer={{_base_.derainer}})
