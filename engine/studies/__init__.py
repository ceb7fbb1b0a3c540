"""Many runs: compare, sweep, windows, bootstrap, withdraw, claims; flows beside returns."""
