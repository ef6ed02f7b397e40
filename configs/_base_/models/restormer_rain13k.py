# Restormer with the weights its authors publish for Rain13K, to stand in front
# of a victim, in tiles that bound the memory of large images.
# https://github.com/swz30/Restormer links to them.
derainer = dict(
    type='mmadvrain.Restormer',
    checkpoint='checkpoints/Restormer/deraining.pth',
    tile_size=512)
