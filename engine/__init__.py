"""Portfolio backtests for people who invest from Japan."""

__version__ = "0.1.0"
