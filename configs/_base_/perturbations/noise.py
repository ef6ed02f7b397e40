# Noise of at most 16/255 per value, reached in one step.
noise_perturbation = dict(
    type='mmadvrain.NoisePerturbation', epsilon=16 / 255, step_size=16 / 255)
