# Adversarial rain (AdvRain-MI-FGSM) against Inception v4.
_base_ = './advrain_inc-v3_neurips17.py'
model = dict(network=dict(name='inc-v4'))
