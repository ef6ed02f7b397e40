# Inception-ResNet v2, trained on an ensemble of attacks.
# Through timm, with its weights, input size and normalisation.
model = dict(
    type='mmadvrain.ImageClassifier',
    network=dict(type='mmadvrain.TimmNetwork', name='incres-v2-ens'))
