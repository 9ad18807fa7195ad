"""Fixtures of the end-to-end tests: a real server and people in real browsers."""

from people import clips, enter, enter_firefox
from server import start_server

__all__ = ["clips", "enter", "enter_firefox", "start_server"]
