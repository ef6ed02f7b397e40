"""A person's ways through the page, in a real browser."""
import time

import pytest

from mmadvrain.evaluation.page import write_run_page
from tests.browser import Browser, find_browser
from tests.toys.toy_run import write_toy_run


@pytest.fixture(scope='module')
def page(tmp_path_factory):
    if find_browser() is None:
        pytest.skip('no browser: wanted Chromium on the path')
    folder = tmp_path_factory.mktemp('run')
    write_toy_run(folder, 60)
    return write_run_page(folder)


@pytest.fixture(scope='module')
def chromium(page):
    with Browser(find_browser()) as browser:
        yield browser


@pytest.fixture
def tab(chromium, page):
    """The page as it opens; it must not have complained in the end."""
    chromium.errors.clear()
    chromium.open(page)
    yield chromium
    chromium.run('new Promise(requestAnimationFrame)')
    assert chromium.errors == []


def cards(tab):
    return tab.run("document.querySelectorAll('#cards button').length")


def count(tab):
    return tab.run("document.getElementById('count').textContent")


def set_filter(tab, name, value):
    tab.run(f'{{ const input = document.forms[0].elements["{name}"];'
            f'input.value = "{value}";'
            'input.dispatchEvent(new Event("input", {bubbles: true})); }')


def share(tab):
    """How much of the width is clean."""
    return tab.run("stage.style.getPropertyValue('--wipe')")


def holds_soon(tab, condition):
    """Whether a condition holds within ten seconds."""
    return tab.run('new Promise(done => { const began = Date.now(); '
                   f'(function look() {{ if ({condition}) done(true); '
                   'else if (Date.now() - began > 10000) done(false); '
                   'else setTimeout(look, 20); })() })')


def test_pages_of_the_gallery(tab):
    assert cards(tab) == 24
    assert count(tab) == '59 of 59 images, page 1 of 3'
    tab.run("document.getElementById('after').click();"
            "document.getElementById('after').click()")
    assert cards(tab) == 11 and 'page 3 of 3' in count(tab)
    assert tab.run("document.getElementById('after').disabled")


def test_filters(tab):
    set_filter(tab, 'flag', '0')
    assert count(tab).startswith('15 of 59')
    set_filter(tab, 'damage', '50')
    assert tab.run('chosen.every(x => x.d >= 50 && x.f.length)')
    assert 0 < tab.run('chosen.length') < 15
    tab.run('document.forms[0].reset()')
    assert holds_soon(
        tab, "document.getElementById('count').textContent"
        ".startsWith('59 of 59')")
    set_filter(tab, 'label', '1')
    assert tab.run('chosen.every(x => has(x, 1))')
    assert 0 < tab.run('chosen.length') < 59
    set_filter(tab, 'name', '000007#?')
    assert tab.run('chosen.map(x => x.n)') in ([], ['part 1/000007#?'])
    set_filter(tab, 'label', '')
    assert cards(tab) == 1


def test_order(tab):
    most = tab.run('chosen.map(x => x.d)')
    assert most == sorted(most, reverse=True)
    set_filter(tab, 'order', 'least')
    assert tab.run('chosen.map(x => x.d)') == sorted(most)


def test_the_keyboard_wipes_steps_and_closes(tab):
    tab.run("document.querySelector('#cards button').focus()")
    tab.press('Enter')
    assert tab.run('viewer.open && document.activeElement.id') == 'wipe'
    assert share(tab) == '50%'
    tab.press('ArrowRight', 'ArrowRight')
    assert share(tab) == '52%'
    tab.press('Home')
    assert share(tab) == '0%'
    assert tab.run("wipe.getAttribute('aria-valuetext')") == \
        '100 % of the width is rainy'
    tab.press('n')
    assert tab.run("el('viewer-name').textContent === chosen[1].n")
    tab.press('Escape')
    assert not tab.run('viewer.open')
    # back where one was
    assert holds_soon(
        tab, 'document.activeElement.textContent.startsWith(chosen[1].n)')


def test_the_mouse_wipes(tab):
    tab.run("document.querySelector('#cards button').click()")
    left, top, width, height = tab.run(
        '(b => [b.left, b.top, b.width, b.height])'
        '(stage.getBoundingClientRect())')
    middle = top + height / 2
    tab.mouse('mousePressed', left + width * .2, middle, True)
    assert share(tab) == '20%'
    tab.mouse('mouseMoved', left + width * .7, middle, True)
    tab.mouse('mouseReleased', left + width * .7, middle)
    assert share(tab) == '70%'
    tab.mouse('mouseMoved', left + width * .1, middle)
    assert share(tab) == '70%'


def test_clean_is_on_the_left_and_rain_on_the_right(tab):
    tab.run("openViewer(0); wipe.value = 30; wiped()")
    inset = "getComputedStyle(document.querySelector('{}')).clipPath"
    assert tab.run(inset.format('.before')) == 'inset(0px 70% 0px 0px)'
    assert tab.run(inset.format('.rainy')) == 'inset(0px 0px 0px 30%)'


def test_boxes_are_those_of_the_image(tab):
    tab.run('openViewer(0)')
    rects = ("[...el('{}').querySelectorAll('rect')].map(r => "
             "r.getAttribute('class'))")
    right = tab.run('chosen[0].c.filter(b => data.states[b[6]] === "right")'
                    '.length')
    assert tab.run(rects.format('clean-boxes')).count('right') == right > 0
    tab.run("el('show-truth').click()")
    missed = tab.run('chosen[0].t.filter(o => o[6]).length')
    assert tab.run(rects.format('rainy-boxes')).count('missed') == missed > 0
    tab.run("el('show-found').click(); el('show-truth').click()")
    assert tab.run(rects.format('rainy-boxes')) == []


def test_the_rain_alone(tab):
    tab.run("openViewer(0); el('alone').click()")
    assert tab.run("!el('rain').hidden && el('rainy').hidden && wipe.disabled")
    loaded = "el('rain').complete && el('rain').naturalWidth"
    for _ in range(400):
        if tab.run(loaded):
            break
        time.sleep(.05)
    assert tab.run(loaded) == 160


def test_what_is_said_of_the_image(tab):
    tab.run('openViewer(0)')
    said = tab.run("el('about').innerText")
    for words in ('drops', 'px long', '25 mm/h', 'covers 12.0 %', 'F1',
                  'missed'):
        assert words in said


@pytest.mark.parametrize('dark', [False, True])
@pytest.mark.parametrize('width', [360, 1280])
def test_it_fits_and_follows_the_scheme(chromium, page, width, dark):
    chromium.errors.clear()
    chromium.open(page, width, 800, dark)
    assert chromium.run('document.documentElement.scrollWidth') <= width
    paper = chromium.run('getComputedStyle(document.body).backgroundColor')
    assert paper == ('rgb(20, 23, 27)' if dark else 'rgb(255, 255, 255)')
    chromium.run('openViewer(0)')
    assert chromium.run('viewer.scrollWidth <= viewer.clientWidth')
    assert chromium.errors == []


def test_everything_that_acts_has_a_name(tab):
    tab.run('openViewer(0)')
    tree = tab.call('Accessibility.getFullAXTree')['nodes']
    roles = ('button', 'link', 'slider', 'checkbox', 'combobox', 'searchbox',
             'spinbutton', 'image')
    acting = [n for n in tree if n.get('role', {}).get('value') in roles]
    assert len(acting) > 8
    for node in acting:
        assert node.get('name', {}).get('value'), node


def test_nothing_is_fetched(tab):
    assert all(
        address.startswith(('file:', 'data:')) for address in tab.requests)
