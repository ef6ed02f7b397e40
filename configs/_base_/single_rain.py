# What Flip-Rotation of Table 7 has ahead of it: "a single normal rainy layer",
# over half of the images.
single_rain = dict(
    type='mmadvrain.MixAdversarialRain',
    layers=dict(type='mmadvrain.UniformRain'),
    num_layers=1,
    prob=0.5)
