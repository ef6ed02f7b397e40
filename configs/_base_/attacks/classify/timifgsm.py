# TI-MI-FGSM, against the cross-entropy of a classifier.
_base_ = '../timifgsm.py'
attack_loop = dict(
    victim=dict(type='mmadvrain.ClassifierVictim'),
    attack=dict(objectives=[dict(type='mmadvrain.CrossEntropyObjective')]))
