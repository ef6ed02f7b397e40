"""Which models come with weights of their own."""
import pytest
from mmengine.config import ConfigDict

from mmadvrain.victims.build import brings_weights


def test_weights_that_come_with_the_model():
    script = ConfigDict(network=dict(type='mmadvrain.TorchScriptNetwork'))
    assert brings_weights(script, 'a.pt', trust=True)
    assert script.network.file == 'a.pt' and script.network.trust is True
    timm = ConfigDict(network=dict(type='mmadvrain.TimmNetwork', name='x'))
    assert brings_weights(timm)
    assert not brings_weights(timm, 'a.pth')
    timm.network.pretrained = False
    assert not brings_weights(timm)
    assert not brings_weights(ConfigDict(type='FasterRCNN'))


def test_a_derainer_brings_its_own_or_is_refused():
    model = ConfigDict(
        network=dict(type='mmadvrain.TorchScriptNetwork', file='a.pt'),
        derainer=dict(type='mmadvrain.PReNet'))
    with pytest.raises(ValueError, match='checkpoint`, but mmadvrain.PReNet'):
        brings_weights(model)
    model.derainer.checkpoint = 'b.pth'
    assert brings_weights(model)
    # a checkpoint may hold both
    timm = ConfigDict(
        network=dict(type='mmadvrain.TimmNetwork', name='x'),
        derainer=dict(type='mmadvrain.PReNet'))
    assert not brings_weights(timm, 'c.pth')
