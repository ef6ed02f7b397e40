# NAFNet of width 32. Its authors publish no weights for rain: these are for
# what their code was trained to with the same options.
model = dict(
    type='mmadvrain.DerainModel',
    derainer=dict(
        type='mmadvrain.NAFNet',
        width=32,
        enc_blk_nums=(1, 1, 1, 28),
        middle_blk_num=1,
        dec_blk_nums=(1, 1, 1, 1)))
