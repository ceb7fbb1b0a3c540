"""How much a plan may pay out: amounts, pots and years at which so many simulations fail and no more."""
