"""`python -m app.cli`: the same as the installed command, for processes that start one another."""

from app.cli import main

if __name__ == "__main__":
    main()
