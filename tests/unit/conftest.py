"""Settings of the property tests: no deadlines, because machines that run tests are busy."""

from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
