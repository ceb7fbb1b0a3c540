"""Published statements held against the data."""
