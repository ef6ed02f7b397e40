"""The tutorial notebook runs from top to bottom, with small numbers."""
import contextlib
import io
import json
import re
from pathlib import Path

import pytest
from mmengine.logging import MMLogger

ROOT = Path(__file__).parents[1]
CELLS = json.loads((ROOT / 'demo/tutorial.ipynb').read_text())['cells']
SMALLER = {
    "'test_cfg.attack.steps': 8": "'test_cfg.attack.steps': 2",
    'for number in (1, 5)': 'for number in (1, )',
    'max_iters=60': 'max_iters=2',
    'iter_60.pth': 'iter_2.pth',
    'batch_size=4,': 'batch_size=1,'
}


@pytest.fixture(scope='module')
def ran(tmp_path_factory):
    """Names that the cells define, and what they print."""
    folder = tmp_path_factory.mktemp('checkout')
    for part in ('configs', 'demo'):
        (folder / part).symlink_to(ROOT / part)
    names, printed = {}, io.StringIO()
    logger = MMLogger.get_current_instance()
    level = logger.level
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(
            printed):
        patch.chdir(folder)
        for cell in CELLS:
            if cell['cell_type'] == 'code':
                code = ''.join(cell['source'])
                for text, small in SMALLER.items():
                    code = code.replace(text, small)
                exec(compile(code, cell['id'], 'exec'), names)
    logger.setLevel(level)
    return names, printed.getvalue()


def test_git_holds_no_outputs():
    whole = ''.join(''.join(cell['source']) for cell in CELLS)
    assert all(text in whole for text in SMALLER)
    for cell in CELLS:
        if cell['cell_type'] == 'code':
            assert cell['outputs'] == [] and cell['execution_count'] is None


def test_its_links_lead_somewhere():
    for cell in CELLS:
        for link in re.findall(r'\]\((\.\./[^)#]*)', ''.join(cell['source'])):
            assert (ROOT / 'demo' / link).exists(), link


def test_it_attacks_and_compares(ran):
    names, printed = ran
    count = names['count']
    assert count == len(names['results'][0].truth) > 0
    for line in ('random rain', '50 mm/h', 'adversarial'):
        assert re.search(rf'^{line}\s+\d+ of {count} lost$', printed, re.M)
    assert 'streaks' in printed


def test_it_defends_without_touching_the_detector(ran):
    names, printed = ran
    assert names['shelter'].victim.model.data_preprocessor.derainer.checkpoint
    own = names['rain'].victim.model.backbone.state_dict()
    sheltered = names['shelter'].victim.model.backbone.state_dict()
    assert all((own[key] == sheltered[key]).all() for key in own)
    # both count the same objects
    assert len(re.findall(rf'of {names["count"]} lost$', printed, re.M)) == 6
    assert len(names['adaptive'][0].truth) == names['count']
