"""``python -m failwell.cli`` and the command ``failwell``, told in a line what is missing."""

import sys
from typing import NoReturn

__all__ = ["run"]


def run() -> NoReturn:
    """Run the command line, or say how to install what it needs."""
    try:
        from failwell.cli.main import main
    except ModuleNotFoundError as error:
        # The base install is the language of failure alone; it has no command line.
        sys.exit(f"failwell: {error.name} is missing; pip install 'failwell[serve]'")
    main()


if __name__ == "__main__":
    run()
