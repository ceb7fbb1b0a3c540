"""Prices, dividends and exchange rates: from any source to one aligned panel."""
