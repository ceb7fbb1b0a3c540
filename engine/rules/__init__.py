"""Law and brokers as dated tables, and the arrays the ledger makes of them."""
