"""``python -m failwell.cli``, the same as the command ``failwell``."""

from failwell.cli.main import main

if __name__ == "__main__":
    main()
