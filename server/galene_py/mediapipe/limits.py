"""Bounds of `install-mediapipe`: one name each, its unit and the reason beside it."""

INSTALL_CLIENT_SECONDS = 1800.0
"""seconds one run of npm or pip may take; 35 MB over a very slow line"""
INSTALL_SETUP_SECONDS = 120.0
"""seconds for making a temporary environment, or for npm to say its version"""
INSTALL_POLL_SECONDS = 0.1
"""seconds between two updates of the progress bar"""
INSTALL_SPARE_BYTES = 32_000_000
"""room on the disk that an installation needs beside the files that it fetches"""
INSTALL_MESSAGE_CHARS = 300
"""characters of a package client's own message that are passed on"""
