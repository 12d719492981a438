"""Settings of the generated examples."""

from hypothesis import HealthCheck, settings

# Examples are judged by what they show, never by how long a busy machine took for them.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
