"""Every bound of the server: queues, caches, tables, strings, messages, timers.

One name per bound, its unit and the reason beside it. Grouped by room.
"""
