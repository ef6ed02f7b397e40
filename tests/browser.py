"""A headless Chromium that is driven through a pipe, without other packages.

Speaks the DevTools protocol: JSON with a zero byte behind each message, on the
file descriptors 3 and 4 that ``--remote-debugging-pipe`` asks for.
"""
import base64
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NAMES = ('chromium', 'chromium-browser', 'google-chrome', 'chrome')
KEYS = dict(
    ArrowLeft=37, ArrowRight=39, Home=36, End=35, Escape=27, Enter=13, Tab=9)

# puts two descriptors in the places where the browser looks for them
_ENTER = '''import os, sys
a, b = os.dup(int(sys.argv[1])), os.dup(int(sys.argv[2]))
os.dup2(a, 3)
os.dup2(b, 4)
os.set_inheritable(3, True)
os.set_inheritable(4, True)
os.execv(sys.argv[3], sys.argv[3:])'''


def find_browser():
    """Path of a Chromium, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """One tab; what it complains about gathers in ``errors``."""

    def __init__(self, path):
        self.folder = tempfile.mkdtemp(prefix='mmadvrain_browser_')
        theirs, self.to = os.pipe()
        self.out, their_out = os.pipe()
        command = [
            sys.executable, '-c', _ENTER,
            str(theirs),
            str(their_out), path, '--headless=new', '--no-sandbox',
            '--disable-gpu', '--disable-dev-shm-usage',
            '--remote-debugging-pipe', f'--user-data-dir={self.folder}',
            'about:blank'
        ]
        self.process = subprocess.Popen(
            command,
            pass_fds=(theirs, their_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(theirs)
        os.close(their_out)
        self.rest, self.count, self.session = b'', 0, None
        self.errors, self.requests, self.events = [], [], []
        target, = (
            t for t in self.call('Target.getTargets')['targetInfos']
            if t['type'] == 'page')
        self.session = self.call(
            'Target.attachToTarget', targetId=target['targetId'],
            flatten=True)['sessionId']
        for part in ('Page', 'Runtime', 'Log', 'Network'):
            self.call(f'{part}.enable')

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)
        os.close(self.to)
        os.close(self.out)
        shutil.rmtree(self.folder, ignore_errors=True)

    def call(self, method, **params):
        """Call a method and return what it answers."""
        self.count += 1
        message = dict(id=self.count, method=method, params=params)
        if self.session:
            message['sessionId'] = self.session
        os.write(self.to, json.dumps(message).encode() + b'\0')
        while True:
            answer = self._read()
            if answer.get('id') == self.count:
                if 'error' in answer:
                    raise RuntimeError(f'{method}: {answer["error"]}')
                return answer['result']

    def _read(self):
        while b'\0' not in self.rest:
            ready, _, _ = select.select([self.out], [], [], 60)
            block = os.read(self.out, 1 << 20) if ready else b''
            if not block:
                raise RuntimeError('the browser has ended, or hangs')
            self.rest += block
        line, self.rest = self.rest.split(b'\0', 1)
        message = json.loads(line)
        self._note(message)
        return message

    def _note(self, message):
        method, params = message.get('method'), message.get('params', {})
        if method == 'Runtime.exceptionThrown':
            details = params['exceptionDetails']
            self.errors.append(
                details.get('exception', {}).get('description',
                                                 details['text']))
        elif method == 'Runtime.consoleAPICalled' and \
                params['type'] in ('error', 'warning', 'assert'):
            self.errors.append(str(params['args']))
        elif method == 'Log.entryAdded' and \
                params['entry']['level'] in ('error', 'warning'):
            self.errors.append(params['entry']['text'])
        elif method == 'Network.requestWillBeSent':
            self.requests.append(params['request']['url'])
        elif method:
            self.events.append(method)

    def open(self, page, width=1280, height=900, dark=False):
        """Open a file; returns the seconds until it has loaded."""
        self.call(
            'Emulation.setDeviceMetricsOverride',
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600)
        self.call(
            'Emulation.setEmulatedMedia',
            features=[
                dict(
                    name='prefers-color-scheme',
                    value='dark' if dark else 'light')
            ])
        self.events, began = [], time.time()
        self.call('Page.navigate', url=Path(page).absolute().as_uri())
        while 'Page.loadEventFired' not in self.events:
            self._read()
        return time.time() - began

    def run(self, script):
        """Value of a piece of JavaScript."""
        answer = self.call(
            'Runtime.evaluate',
            expression=script,
            returnByValue=True,
            awaitPromise=True,
            userGesture=True)
        if 'exceptionDetails' in answer:
            raise RuntimeError(answer['exceptionDetails'])
        return answer['result'].get('value')

    def press(self, *keys):
        """Press keys one after the other, as a person does."""
        for key in keys:
            text = {'Enter': '\r'}.get(key, key if len(key) == 1 else '')
            code = KEYS.get(key, ord(key[0].upper()))
            about = dict(key=key, windowsVirtualKeyCode=code)
            if key in KEYS:
                about['code'] = key
            self.call(
                'Input.dispatchKeyEvent',
                type='keyDown' if text else 'rawKeyDown',
                text=text,
                **about)
            self.call('Input.dispatchKeyEvent', type='keyUp', **about)

    def mouse(self, kind, x, y, pressed=False):
        """``mousePressed``, ``mouseMoved`` or ``mouseReleased``."""
        self.call(
            'Input.dispatchMouseEvent',
            type=kind,
            x=x,
            y=y,
            button='left' if pressed or kind != 'mouseMoved' else 'none',
            buttons=int(pressed),
            clickCount=int(kind != 'mouseMoved'))

    def screenshot(self, path, whole=False):
        """Write a PNG of what is seen, or of the whole page."""
        data = self.call(
            'Page.captureScreenshot', captureBeyondViewport=whole)['data']
        Path(path).write_bytes(base64.b64decode(data))
