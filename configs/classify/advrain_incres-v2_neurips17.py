# Adversarial rain (AdvRain-MI-FGSM) against Inception-ResNet v2.
_base_ = './advrain_inc-v3_neurips17.py'
model = dict(network=dict(name='incres-v2'))
