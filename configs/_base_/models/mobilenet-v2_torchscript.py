# An ImageNet classifier as TorchScript, with its normalisation inside: give
# its file on the command line, and --trust-checkpoint.
model = dict(
    type='mmadvrain.ImageClassifier',
    input_size=224,
    network=dict(type='mmadvrain.TorchScriptNetwork'))
