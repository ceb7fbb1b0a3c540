"""The live page: one warm process on this machine that answers while a slider moves.

``link`` and ``plan`` a plan in an address · ``asked`` what a request may ask · ``warm`` prices and plans kept in
memory · ``starts`` all start months along the satellite's weight · ``work`` bounded work that can be called off ·
``guard`` who may ask · ``answers`` the steps of every answer · ``told`` and ``openapi`` what the JSON API says ·
``fields``, ``controls``, ``amounts`` and ``live`` what the page shows · ``site``, ``pages`` and ``app`` the
addresses · ``server`` the process
"""
