"""Bounds of the virtual camera: one name each, its unit and the reason beside it."""

SIDE_PIXELS = 4096
"""pixels; no camera has wider frames, and a file may claim anything"""
RATE = 120
"""frames per second"""
REFORMATTERS = 32
"""scalers that a thread keeps ready, by what they make; a rectangle that moves needs new ones"""
STALE_SECONDS = 1.0
"""seconds after which an outline says nothing of where somebody is now: the whole picture is blurred then"""
NETWORK_RETRY_SECONDS = 2.0
"""seconds until the network is loaded again after it failed"""
SOURCE_RETRY_SECONDS = 1.0
"""seconds until a camera that went away is opened again"""
STOP_SECONDS = 2.0
"""seconds that stopping waits for a thread that is inside a driver"""
