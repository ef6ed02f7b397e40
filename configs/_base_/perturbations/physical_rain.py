# Rain of a rate in mm/h before a camera (docs/physics.md): the attack moves
# its drops, turns the wind and chooses an exposure; all else stays as drawn.
physical_rain_perturbation = dict(
    type='mmadvrain.ParticlePerturbation',
    rain=dict(type='mmadvrain.ParticleRain', rate_mm_h=25., camera='coco'),
    step_sizes=dict(places_px=2., wind_m_s=0.5, exposure_s=0.0005),
    # how many places each drop chooses from after each step
    candidates=32,
    exposure_range_s=(0.002, 0.016))
