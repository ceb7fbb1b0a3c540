"""Results for people: terminal tables and pages. Values come in, strings go out; nothing here writes a file.

``page_locale``, ``tables``    how values are said in a language; tables as text in five formats
``models``               what tables are made from
``summary``, ``chart_data``  which figures are shown; figures that only pictures need
``terminal``, ``*_text``, ``*_tables``  what commands print
``chart_specs``, ``charts``, ``*_charts``  plotly figures as plain data
``html``, ``components``, ``templates/``  pages from templates that escape every text
``*_page``               what the template of each page shows
"""
