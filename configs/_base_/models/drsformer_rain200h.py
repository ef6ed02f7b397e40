# DRSformer with the weights its authors publish for Rain200H, to stand in
# front of a victim, in tiles that bound the memory of large images.
# https://github.com/cschenxiang/DRSformer links to them.
derainer = dict(
    type='mmadvrain.DRSformer',
    checkpoint='checkpoints/DRSformer/deraining.pth',
    tile_size=512)
