"""What an investor decides, as pure functions."""
