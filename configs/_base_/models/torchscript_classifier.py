# An ImageNet classifier as TorchScript, with its normalisation inside: give
# its file on the command line, and --trust-checkpoint. A config that inherits
# this sets `input_size`.
model = dict(
    type='mmadvrain.ImageClassifier',
    network=dict(type='mmadvrain.TorchScriptNetwork'))
