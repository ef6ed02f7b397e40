"""Tables as spreadsheets save them."""
import csv
import io
from collections.abc import Sequence

from mmadvrain.typing import PathLike
from mmadvrain.utils.files import read_text

_DELIMITERS = ',;\t'


def read_rows(path: PathLike, columns: Sequence[str]) -> list[dict[str, str]]:
    """Read a CSV file with a header.

    Comma, semicolon or tabulator is found by the header; Excel's first line
    ``sep=;``, rows without text and white space around it are passed over.

    Args:
        path: An existing file, in UTF-8 or UTF-16.
        columns: That there must be.

    Returns:
        Text of each row by column; '' where a row is too short.

    Raises:
        ValueError: A column is not there, or twice, or the file is no table
            or in another encoding.
    """
    text = read_text(path)
    if text[:4].lower() == 'sep=':
        text = text.partition('\n')[2]
    try:
        tables = [
            list(csv.reader(io.StringIO(text, newline=''), delimiter=mark))
            for mark in _DELIMITERS
        ]
    except csv.Error as error:
        raise ValueError(f'{path}: wanted a CSV file, found something else '
                         f'({error})') from error
    headers = [[name.strip() for name in table[0]] if table else []
               for table in tables]
    fitting = [
        i for i, header in enumerate(headers) if set(columns) <= set(header)
    ]
    for column in columns:
        if not fitting and column not in headers[0]:
            raise ValueError(f'{path}: wanted a column {column!r}, found '
                             f'{headers[0]}')
    header, table = headers[fitting[0]], tables[fitting[0]]
    for column in columns:
        if header.count(column) > 1:
            raise ValueError(f'{path}: wanted one column {column!r}, found '
                             f'{header.count(column)}')
    return [
        dict(
            dict.fromkeys(header, ''),
            **dict(zip(header, (cell.strip() for cell in row))))
        for row in table[1:] if any(cell.strip() for cell in row)
    ]
