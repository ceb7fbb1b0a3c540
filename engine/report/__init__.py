"""Results for people: terminal tables and pages. Values come in, strings go out; nothing here writes a file.

``*_answer``, ``answer``, ``chance``    what a page, a command and a notebook say first, and how sure it is
``page_locale``, ``tables``, ``models``  how values are said in a language; tables, and what they are made of
``summary``, ``chart_data``             which figures are shown; figures that only pictures need
``terminal``, ``prose``, ``*_text``, ``*_tables``  what commands print
``chart_specs``, ``charts``, ``*_charts``  plotly figures as plain data
``html``, ``components``, ``templates/``  pages from templates that escape every text
``*_page``, ``readings``                what the template of each page shows, in two moneys
``deliverables``, ``workbook``          the folder that each command leaves; a result for Excel
"""
