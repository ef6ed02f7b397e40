# Physical rain of 25 mm/h: where its drops are and how the wind blows. Rate,
# sizes and depths stay as drawn (docs/physics.md).
_base_ = './advrain_margin.py'
attack_loop = dict(
    attack=dict(
        perturbation=dict(
            _delete_=True,
            type='mmadvrain.ParticlePerturbation',
            rain=dict(
                type='mmadvrain.ParticleRain', rate_mm_h=25., camera='coco'),
            step_sizes=dict(places_px=2., wind_m_s=0.5, exposure_s=0.0005),
            exposure_range_s=(0.002, 0.016))))
