# The input transformation of DIM, in half of the steps.
diverse_input_rule = dict(
    type='mmadvrain.DiverseInputRule', prob=0.5, ratio=330 / 299)
