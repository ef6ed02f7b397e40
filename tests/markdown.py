"""Tables as people read them."""


def cells(table: str) -> list[list[str]]:
    """Header and lines of a Markdown table, without its rule."""
    lines = [[cell.strip() for cell in line.strip('|').split('|')]
             for line in table.splitlines()]
    assert all(set(cell) <= set(':-') for cell in lines[1])
    return [lines[0], *lines[2:]]
