# The sign of the image's gradient, which Algorithm 1 of the paper hands back
# to the factors of the rain. It comes last.
sign_rule = dict(type='mmadvrain.SignRule')
