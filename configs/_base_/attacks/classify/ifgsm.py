# I-FGSM, against the cross-entropy of a classifier.
_base_ = '../ifgsm.py'
attack_loop = dict(
    task=dict(type='mmadvrain.ClassificationTask'),
    attack=dict(objectives=[dict(type='mmadvrain.CrossEntropyObjective')]))
