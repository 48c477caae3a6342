"""Settings that hold for every test."""

from hypothesis import HealthCheck, settings

# Any example may be late on a machine that is busy with something else: no deadline by default.
settings.register_profile("abos", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("abos")
