"""Area, brightness and colour of a layer counted by hand."""
import pytest
import torch

from mmadvrain.rain.magnitude import (
    rain_area,
    rain_brightness,
    rain_chroma,
    rain_l2,
    rain_map,
)

LAYER = torch.zeros(3, 2, 4)
LAYER[0, 0, 0] = 0.02  # just visible, in one channel
LAYER[:, 0, 1] = 0.0199  # not visible
LAYER[:, 1, 3] = torch.tensor([0.3, 0.2, 0.1])


def test_map_and_area():
    expected = torch.zeros(2, 4, dtype=torch.bool)
    expected[0, 0] = expected[1, 3] = True
    assert torch.equal(rain_map(LAYER), expected)
    assert rain_area(LAYER) == 2 / 8
    assert rain_area(LAYER, threshold=0.25) == 1 / 8
    assert rain_area(LAYER, threshold=0.31) == 0


def test_brightness():
    # sums of the three pixels over 24 values
    assert rain_brightness(LAYER) == pytest.approx(
        (0.02 + 3 * 0.0199 + 0.6) / 24)
    assert rain_brightness(LAYER.half()) == pytest.approx(
        rain_brightness(LAYER), rel=1e-3)


def test_chroma():
    assert rain_chroma(LAYER) == pytest.approx((0.02 + 0.2) / 8)
    assert rain_chroma(LAYER[:1].expand(3, -1, -1)) == 0


def test_l2():
    values = LAYER.double().flatten().tolist()
    assert rain_l2(LAYER) == pytest.approx(
        (sum(v * v for v in values) / len(values))**0.5)
    wide = torch.cat((LAYER, LAYER), 2)  # twice the pixels, the same rain
    assert rain_l2(wide) == pytest.approx(rain_l2(LAYER))


def test_no_rain():
    for measure in (rain_area, rain_brightness, rain_chroma, rain_l2):
        assert measure(torch.zeros(3, 5, 6)) == 0
