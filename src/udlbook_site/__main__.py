"""The command line: ``python -m udlbook_site --help``."""

from .cli import main

if __name__ == "__main__":
    main()
