"""The app's version, as written into project files; the same as in pyproject.toml."""

VERSION = "0.1.0"
