"""Fetching large files: resumed, checked, and never half there."""
import hashlib
import logging
import shutil
import time
import urllib.error
import urllib.parse
import urllib.request
from http.client import HTTPException, HTTPResponse
from pathlib import Path

from mmadvrain.typing import PathLike

logger = logging.getLogger(__name__)
_CHUNK = 1 << 20
# left free on the disk
_MARGIN = 64 << 20
# worth another attempt: timeout, too many requests, server trouble
_TRANSIENT = (408, 425, 429, 500, 502, 503, 504)


class IncompleteError(ConnectionError):
    """The connection ended before the file did."""


def check_free_disk(folder: PathLike, wanted: int) -> None:
    """Make sure that a disk has room.

    Args:
        folder: A folder on the disk. It must exist.
        wanted: Bytes to be written.

    Raises:
        OSError: There is not enough room, with a margin of 64 MiB.
    """
    free = shutil.disk_usage(folder).free
    if free < wanted + _MARGIN:
        raise OSError(f'wanted {wanted + _MARGIN:,} bytes free on the disk of '
                      f'{folder}, found {free:,}')


def verify_checksum(path: PathLike, checksum: str) -> None:
    """Compare a file with its checksum.

    Args:
        path: The file.
        checksum: ``{algorithm}:{hex digits}``, such as ``sha256:...``.

    Raises:
        ValueError: The checksum is malformed, or the file has another one.
    """
    name, _, wanted = checksum.partition(':')
    if name not in hashlib.algorithms_guaranteed or not wanted:
        raise ValueError('wanted a checksum such as "sha256:<hex>", got '
                         f'{checksum!r}')
    digest = hashlib.new(name)
    with open(path, 'rb') as file:
        for chunk in iter(lambda: file.read(_CHUNK), b''):
            digest.update(chunk)
    if digest.hexdigest() != wanted.lower():
        raise ValueError(f'{path}: wanted {name} {wanted.lower()}, found '
                         f'{digest.hexdigest()}')


def fetch(url: str,
          path: PathLike,
          size: int | None = None,
          checksum: str | None = None,
          retries: int = 5,
          wait_s: float = 2.,
          timeout_s: float = 60.) -> Path:
    """Download a file; a broken download goes on where it stopped.

    What has come so far lies beside the target as ``*.part``, until it is
    complete and its checksum is right. A later call continues it if the server
    can (HTTP Range) and still has the same file (ETag), and begins anew if
    not.

    Args:
        url: HTTP or HTTPS.
        path: Where to put the file; its folder is made. A file that is there
            is checked and kept.
        size: Bytes it must have. Defaults to None.
        checksum: ``{algorithm}:{hex digits}``. Defaults to None: not checked.
        retries: Further attempts after one that brought nothing new. Defaults
            to 5.
        wait_s: Seconds before the next attempt. Defaults to 2.
        timeout_s: Seconds without an answer that end an attempt. Defaults to
            60.

    Returns:
        The file.

    Raises:
        ValueError: Not HTTP, or the file has another size or checksum.
        OSError: No room on the disk, or the server cannot be reached or
            refuses.
    """
    if urllib.parse.urlsplit(url).scheme not in ('http', 'https'):
        raise ValueError(f'wanted an HTTP or HTTPS address, got {url!r}')
    path = Path(path)
    if path.is_file():
        _verify(path, size, checksum)
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + '.part')
    left = retries
    while True:
        before = _size_of(part)
        try:
            _attempt(url, part, size, timeout_s)
            break
        except urllib.error.HTTPError as error:
            if error.code not in _TRANSIENT:
                raise OSError(f'{url}: wanted the file, the server said '
                              f'{error.code} {error.reason}') from error
            cause: Exception = error
        except (urllib.error.URLError, ConnectionError, TimeoutError,
                HTTPException) as error:
            cause = error
        left = retries if _size_of(part) > before else left - 1
        if left < 0:
            raise OSError(f'{url}: gave up at {_size_of(part):,} bytes, which '
                          f'are kept for next time ({cause})') from cause
        logger.warning('%s: %s; going on at %d bytes', url, cause,
                       _size_of(part))
        time.sleep(wait_s)
    try:
        _verify(part, size, checksum)
    except ValueError:
        part.unlink()
        _tag_file(part).unlink(missing_ok=True)
        raise
    part.replace(path)
    _tag_file(part).unlink(missing_ok=True)
    return path


def _attempt(url: str, part: Path, size: int | None, timeout_s: float) -> None:
    have = _size_of(part)
    tag_file = _tag_file(part)
    headers = {'User-Agent': 'mmadvrain', 'Accept-Encoding': 'identity'}
    if have:
        headers['Range'] = f'bytes={have}-'
        if tag_file.is_file():
            headers['If-Range'] = tag_file.read_text(encoding='ascii')
    request = urllib.request.Request(url, headers=headers)
    try:
        response = urllib.request.urlopen(request, timeout=timeout_s)
    except urllib.error.HTTPError as error:
        if error.code != 416:
            raise
        # nothing beyond what is there: complete, or not the same file
        if error.headers.get('Content-Range') == f'bytes */{have}':
            return
        part.unlink()
        raise IncompleteError(f'the server has fewer than {have} bytes, '
                              'beginning anew') from error
    with response:
        start, total = _extent(response, have)
        if total is not None and size is not None and total != size:
            raise ValueError(f'{url}: wanted {size:,} bytes, the server has '
                             f'{total:,}')
        tag = response.headers.get('ETag', '')
        if tag and not tag.startswith('W/'):
            tag_file.write_text(tag, encoding='ascii')
        else:
            tag_file.unlink(missing_ok=True)
        check_free_disk(part.parent, (total or 0) - start)
        with open(part, 'ab' if start else 'wb') as file:
            while chunk := response.read(_CHUNK):
                file.write(chunk)
    if total is not None and _size_of(part) < total:
        raise IncompleteError(f'the connection ended at {_size_of(part):,} of '
                              f'{total:,} bytes')


def _extent(response: HTTPResponse, have: int) -> tuple[int, int | None]:
    """Where the answer begins in the file, and how long the file is."""
    if response.status != 206:
        length = response.headers.get('Content-Length')
        return 0, None if length is None else int(length)
    extent = response.headers.get('Content-Range', '')
    span, _, total = extent.removeprefix('bytes ').partition('/')
    if span.split('-')[0] != str(have):
        raise IncompleteError(f'wanted bytes from {have}, the server sent '
                              f'{extent!r}')
    return have, int(total) if total.isdigit() else None


def _verify(path: Path, size: int | None, checksum: str | None) -> None:
    found = path.stat().st_size
    if size is not None and found != size:
        raise ValueError(f'{path}: wanted {size:,} bytes, found {found:,}')
    if checksum is not None:
        verify_checksum(path, checksum)


def _size_of(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _tag_file(part: Path) -> Path:
    return part.with_name(part.name + '.etag')
