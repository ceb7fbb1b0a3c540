"""Results for people: terminal tables and pages. Values come in, strings go out; nothing here writes a file.

``words``, ``voice``     what is said, and how numbers are said, in English and Japanese
``models``, ``tables``   what tables and study pages are made from; tables as text in five formats
``summary``, ``digest``  which figures are shown; figures that only pictures need
``terminal``             what ``backtest run`` prints
``figures``, ``charts``  plotly figures as plain data
``markup``, ``shell``, ``parts``  HTML that is always escaped, and the frame of every page
``page``, ``*_page``     the pages: one run, a comparison, a sweep, windows, a bootstrap, claims
"""
