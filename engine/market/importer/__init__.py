"""Read a fund's price history as its company, its market or yfinance writes it, and say what was understood.

Nothing is guessed in silence: :class:`Understanding` names the meaning of each column, each row that was left
out and whatever was assumed. What a file does not say is asked (:class:`Unclear`) or stays unknown, as NaN.

====================  ==========================================================================
``text``              bytes to lines: encoding, bounds
``headings``          which lines are the headings, and what each column means
``cells``             numbers as people write them: thousands, decimal commas, currency signs
``rows``              the rows with a day, as columns of numbers
``kinds``             what the file is: a yen fund, a US ETF, an index
``payouts``           what closes and adjusted closes say about distributions
``workbook``          spreadsheets as the same lines
``reading``           all of it: ``import_csv``
``flow_files``        a file of fund flows, or of shares outstanding
``holdings``          a broker's list of what is held; ``holdings_table`` its rows
``refusals``          why a file is not taken
``keeping``           a history into a person's folder, where nothing of theirs is lost
====================  ==========================================================================
"""

from engine.market.importer.headings import ROLES, Column
from engine.market.importer.keeping import keep
from engine.market.importer.reading import ImportOptions, Understanding, import_csv
from engine.market.importer.refusals import Unclear

__all__ = ["ROLES", "Column", "ImportOptions", "Unclear", "Understanding", "import_csv", "keep"]
