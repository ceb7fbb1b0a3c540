"""Thousands of futures drawn from history, and what they say."""
