"""Puts MediaPipe, the browser's segmentation library and its models, where the server serves it.

Verified against the digests of `vendor/manifest.json` before anything becomes visible. The server itself
never imports this package and never fetches anything.
"""
