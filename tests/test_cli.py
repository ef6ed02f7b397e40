"""The one command, over all tools: help, errors, and what is not shown."""
import logging
import subprocess
import sys
import warnings

import pytest
from mmengine.logging import MMLogger

from mmadvrain import cli
from mmadvrain.utils.log_file import only_in_log_file

TOOLS = sorted(cli.find_tools())


@pytest.fixture
def run(monkeypatch, capsys):
    """Call the command; its exit code, and what it wrote."""
    monkeypatch.setattr('sys.path', list(sys.path))
    monkeypatch.setattr('sys.argv', ['mmadvrain'])
    monkeypatch.setattr('warnings.formatwarning', warnings.formatwarning)

    def call(*argv):
        with warnings.catch_warnings(), pytest.raises(SystemExit) as ended:
            cli.main(argv)
        code = ended.value.code
        said = code if isinstance(code, str) else ''
        return (1 if said else code or 0, said, *capsys.readouterr())

    return call


def test_the_tools_of_the_readme_are_there():
    assert {'attack', 'study', 'derain', 'train', 'test',
            'browse_rain'} <= set(TOOLS)
    # parts of tools, and of the set-up
    assert not {'unzip', 'kitti_reference', 'link_mim'} & set(TOOLS)


@pytest.mark.parametrize('tool', TOOLS)
def test_help_explains_and_gives_an_example(run, tool):
    code, _, out, _ = run(tool, '--help')
    assert code == 0
    explained = out.replace('\n', ' ')
    assert len(explained.split()) > 40
    assert f'    mmadvrain {tool.removesuffix("_rain")}' in out or (
        f'{tool}.py' in out)


def test_the_overview_has_a_line_on_each_tool(run):
    code, _, out, _ = run('--help')
    assert code == 0
    lines = {
        line.split()[0]: line
        for line in out.splitlines() if line.split()
    }
    for tool in TOOLS:
        assert len(lines[tool].split()) > 3


def test_the_overview_loads_nothing_heavy():
    code = ('import sys\nfrom mmadvrain.cli import main\n'
            'try:\n    main(["--help"])\nexcept SystemExit:\n'
            '    print(sorted({"torch", "mmengine", "numpy"} & '
            '{*sys.modules}))')
    done = subprocess.run([sys.executable, '-c', code],
                          capture_output=True,
                          text=True)
    assert done.stdout.splitlines()[-1] == '[]', done.stderr


def test_the_beginning_of_a_name_will_do(run):
    code, _, out, _ = run('brow', '--help')
    assert (code, 'usage: mmadvrain browse_rain' in out) == (0, True)


@pytest.mark.parametrize('name, wanted', [
    ('t', 'wanted one of test, train'),
    ('nothing', 'wanted one of attack'),
])
def test_a_name_that_fits_none_or_several(run, name, wanted):
    code, _, _, err = run(name)
    assert code == 2
    assert wanted in err and f"got '{name}'" in err


@pytest.mark.parametrize('argv', [
    ('attack', 'nowhere.py'),
    ('study', 'nowhere.py'),
    ('derain', 'nowhere', 'nowhere.py', 'nowhere.pth', 'out'),
    ('browse', 'nowhere', 'out'),
    ('kitti2coco', 'nowhere', 'nowhere', 'out.json'),
    ('coco2kitti', 'nowhere.json', 'out'),
    ('eval_kitti', 'nowhere', 'nowhere'),
    ('pack_rain_bank', 'nowhere', 'out'),
    ('test', 'nowhere.py', 'nowhere.pth'),
    ('train', 'nowhere.py'),
])
def test_wrong_input_ends_in_one_sentence(run, argv, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, said, _, err = run(*argv)
    assert code == 1
    assert said.startswith('error: ') and len(said.splitlines()) == 1
    assert 'Traceback' not in said + err


def test_debug_shows_where(monkeypatch):

    def main():
        raise ValueError('wanted this, got that')

    monkeypatch.setattr('warnings.formatwarning', warnings.formatwarning)
    monkeypatch.setattr('sys.argv', ['tool'])
    with warnings.catch_warnings(), pytest.raises(SystemExit) as ended:
        cli.run_tool(main)
    assert ended.value.code == (
        'error: wanted this, got that (--debug shows where)')
    monkeypatch.setattr('sys.argv', ['tool', '--debug'])
    with warnings.catch_warnings(), pytest.raises(ValueError):
        cli.run_tool(main)


@pytest.mark.parametrize('error, sentence', [
    (KeyError('no such model'), 'no such model'),
    (ValueError('two\n  lines'), 'two lines'),
    (AssertionError(), 'AssertionError'),
])
def test_errors_become_sentences(error, sentence):
    assert cli._sentence(error) == sentence


def test_a_slip_of_the_program_keeps_its_traceback(monkeypatch):
    monkeypatch.setattr('warnings.formatwarning', warnings.formatwarning)
    monkeypatch.setattr('sys.argv', ['tool'])
    with warnings.catch_warnings(), pytest.raises(ZeroDivisionError):
        cli.run_tool(lambda: 1 // 0)


def test_evaluators_talk_to_the_log_file_alone(tmp_path, capsys):
    name = f'quiet {tmp_path.name}'
    logger = MMLogger.get_instance(
        name, logger_name=name, log_file=str(tmp_path / 'log'))
    with only_in_log_file():
        print('a page of numbers')
        logger.info('another page')
        logger.warning('a warning')
    logger.info('the table')
    for handler in logger.handlers:
        handler.flush()
    shown = ''.join(capsys.readouterr())
    written = (tmp_path / 'log').read_text()
    assert 'page' not in shown and 'a page of numbers' in written
    assert 'another page' in written
    assert 'a warning' in shown and 'the table' in shown
    assert all(h.level <= logging.INFO for h in logger.handlers)
