"""Results for people: terminal tables and pages."""
