"""Many runs: compare, sweep, windows, bootstrap, claims."""
