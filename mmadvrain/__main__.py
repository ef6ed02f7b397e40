"""``python -m mmadvrain`` is the command ``mmadvrain``."""
from .cli import main

if __name__ == '__main__':
    main()
