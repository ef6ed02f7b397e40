# Adversarial rain (AdvRain-MI-FGSM) against Xception.
_base_ = './advrain_inc-v3_neurips17.py'
model = dict(network=dict(name='xception'))
