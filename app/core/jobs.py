"""Long work and its worker."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Bind the job queue to an app."""
