"""Settings of the generated examples."""

from hypothesis import settings

# Examples are judged by what they show, never by how long a busy machine took for them.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
