# Inception v3, through timm, with its weights, input size and normalisation.
model = dict(
    type='mmadvrain.ImageClassifier',
    network=dict(type='mmadvrain.TimmNetwork', name='inc-v3'))
