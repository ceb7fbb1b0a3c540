"""Every combination of a sweep in every window, and strategies from every start month."""
