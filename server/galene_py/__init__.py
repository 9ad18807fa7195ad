"""galene-py: a self-hosted video-conference server that speaks Galène's client protocol."""

__version__ = "0.1.0"
