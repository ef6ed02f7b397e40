import pytest
import torch

from mmadvrain.rain.camera import CAMERAS, Camera, find_camera


@pytest.mark.parametrize('options, message', [
    (dict(exposure_s=8), 'seconds, e.g. 0.008 for 8 ms, but got 8'),
    (dict(exposure_s=0), r'\(0, 1\] seconds'),
    (dict(horizon_px=480.), r'in \[0, 480\), but got 480'),
    (dict(horizon_px=-1.), 'a row of the image'),
    (dict(focal_px=-700.), '`focal_px` of a camera must be positive'),
    (dict(speed_m_s=500), '540 km/h'),
    (dict(focus_m=.001), 'beyond the focal length'),
])
def test_a_camera_that_cannot_be_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Camera(**{
            **dict(width_px=640, height_px=480, focal_px=640),
            **options
        })


def test_a_preset_can_be_completed():
    camera = find_camera(dict(preset='kitti', speed_m_s=12.))
    assert camera.focal_px == 721 and camera.speed_m_s == 12
    assert find_camera('kitti') is not CAMERAS['coco']
    with pytest.raises(ValueError, match="one of .*'kitti'.*'phone'"):
        find_camera('phone')


def test_the_angle_of_view_stays_on_another_size():
    camera = CAMERAS['kitti']
    half = camera.fitted((187, 621))
    assert half.focal_px == pytest.approx(camera.focal_px / 2)
    assert half.horizon == pytest.approx(173 * 187 / 375)
    assert half.focal_mm == pytest.approx(camera.focal_mm)
    assert camera.fitted((375, 1242)) is camera


def test_ground_is_nearer_lower_down():
    camera = CAMERAS['kitti']
    depth = camera.ground_depth_m()[:, 0]
    # 202 rows below the horizon: f h / 202
    assert depth[374] == pytest.approx(721 * 1.65 / 201.5)
    assert (depth[:173] == 50).all()
    assert (depth[173:].diff() <= 0).all()


def test_only_the_focus_is_sharp():
    camera = Camera(640, 480, 1000., f_number=2., focus_m=6., pixel_um=5.)
    # F = 5 mm: 25e-6 / (5.995 * 2) metres times |o - f| / o
    found = camera.blur_px(torch.tensor([6., .5]))
    assert found[0] == 0
    assert found[1] == pytest.approx(25e-6 / (5.995 * 2) * 11 / 5e-6, rel=1e-4)
