"""The live page: one warm process on this machine that answers while a slider moves.

``link`` a plan in an address · ``asked`` what a request may ask · ``warm`` prices and plans kept in memory ·
``starts`` all start months along the satellite's weight · ``work`` bounded work that can be called off ·
``guard`` who may ask · ``told`` the JSON API's answers · ``live`` what the page shows · ``app`` the addresses ·
``server`` the process
"""
