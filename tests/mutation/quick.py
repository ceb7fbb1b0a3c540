"""A pytest plugin for mutants: the first failing example is enough, nothing is shrunk or remembered."""

from hypothesis import HealthCheck, Phase, settings

settings.register_profile(
    "mutant",
    phases=(Phase.explicit, Phase.generate),
    database=None,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("mutant")
