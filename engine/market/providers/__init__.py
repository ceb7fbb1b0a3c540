"""Sources of price series, each behind the same interface."""
