# TI-FGSM, against the cross-entropy of a classifier.
_base_ = '../tifgsm.py'
advrain = dict(
    task=dict(type='mmadvrain.ClassificationTask'),
    attack=dict(objectives=[dict(type='mmadvrain.CrossEntropyObjective')]))
