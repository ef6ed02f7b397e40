# UEA's generator and discriminator. A leaf config names the detector that
# they are trained against,
#   model = dict(victim=dict(config='...', checkpoint='...'))
custom_imports = dict(imports=['projects.uea.uea'], allow_failed_imports=False)
model = dict(
    type='mmadvrain.UEAModel',
    # 'code' for what the released code does, see the class
    variant='paper',
    # images are stretched to this size for the generator alone
    generator=dict(type='mmadvrain.UEAGenerator', size_hw=(300, 300)),
    discriminator=dict(type='mmadvrain.PatchDiscriminator'),
    l2_weight=0.05,
    objectives=[
        dict(type='mmadvrain.ClassMarginObjective', min_prob=0.7),
        # the released code has a photograph as `target_image`
        dict(
            type='mmadvrain.AttentionFeatureObjective',
            strides=(4, 8),
            weights=(1e-4, 2e-4)),
    ])
