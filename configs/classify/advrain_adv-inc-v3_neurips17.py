# Adversarial rain (AdvRain-MI-FGSM) against the adversarially trained
# Inception v3.
_base_ = './advrain_inc-v3_neurips17.py'
model = dict(network=dict(name='adv-inc-v3'))
