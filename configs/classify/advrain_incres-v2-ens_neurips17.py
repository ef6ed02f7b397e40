# Adversarial rain (AdvRain-MI-FGSM) against the Inception-ResNet v2 that was
# trained on an ensemble of attacks.
_base_ = './advrain_inc-v3_neurips17.py'
model = dict(network=dict(name='incres-v2-ens'))
