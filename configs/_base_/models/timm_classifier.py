# An ImageNet classifier through timm, with its weights, input size and
# normalisation. A config that inherits this names it in `network.name`.
model = dict(
    type='mmadvrain.ImageClassifier',
    network=dict(type='mmadvrain.TimmNetwork'))
