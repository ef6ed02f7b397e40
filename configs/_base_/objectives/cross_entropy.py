# The cross-entropy of an image classifier, upwards.
cross_entropy_objective = dict(type='mmadvrain.CrossEntropyObjective')
