# Inception-ResNet v2.
# Through timm, with its weights, input size and normalisation.
model = dict(
    type='mmadvrain.ImageClassifier',
    network=dict(type='mmadvrain.TimmNetwork', name='incres-v2'))
