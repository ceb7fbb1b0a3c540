"""Workbooks as fund companies write them, made here: SpreadsheetML with its faults, and xlsx."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from io import BytesIO
from xml.sax.saxutils import escape, quoteattr

Rows = Sequence[Sequence[object]]

# A style block whose tags do not fit, and a bare ampersand: both are in files that are published.
STYLES = (
    '<ss:Styles><ss:Style ss:ID="Default"><ss:Alignment ss:Horizontal="Left"/></Style>'
    '<ss:Style ss:ID="wrap"><ss:Font ss:Bold="1"></ss:Styles>'
)
CONTENT = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def spreadsheet_ml(sheets: dict[str, Rows], *, styles: str = STYLES, bom: bool = True) -> bytes:
    """SpreadsheetML of text and number cells, None left out (its neighbour then says where it stands)."""
    text = '<?xml version="1.0"?>\n<ss:Workbook xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">\n'
    text += styles
    for name, rows in sheets.items():
        text += f"\n<ss:Worksheet ss:Name={quoteattr(name)}><ss:Table>\n"
        for row in rows:
            text += "<ss:Row>"
            for at, cell in enumerate(row, start=1):
                if cell is None:
                    continue
                kind = "Number" if isinstance(cell, int | float) else "String"
                data = f'<ss:Data ss:Type="{kind}">{cell}</ss:Data>'
                text += f'<ss:Cell ss:Index="{at}" ss:StyleID="wrap">{data}</ss:Cell>'
            text += "</ss:Row>\n"
        text += "</ss:Table></ss:Worksheet>"
    return (b"\xef\xbb\xbf" if bom else b"") + f"{text}\n</ss:Workbook>\n".encode()


def xlsx(
    sheets: dict[str, Rows], *, day_columns: Sequence[int] = (), prolog: str = "", since_1904: bool = False
) -> bytes:
    """An xlsx: texts are shared, numbers inline; numbers of ``day_columns`` carry the style of a day."""
    shared: list[str] = []
    parts: dict[str, str] = {}
    names, links = "", ""
    for number, (name, rows) in enumerate(sheets.items(), start=1):
        body = ""
        for line, row in enumerate(rows, start=1):
            body += f'<row r="{line}">'
            for at, cell in enumerate(row):
                where = f"{chr(65 + at)}{line}"
                if cell is None:
                    continue
                if isinstance(cell, int | float):
                    style = ' s="1"' if at in day_columns else ""
                    body += f'<c r="{where}"{style}><v>{cell!r}</v></c>'
                else:
                    shared.append(str(cell))
                    body += f'<c r="{where}" t="s"><v>{len(shared) - 1}</v></c>'
            body += "</row>"
        parts[f"xl/worksheets/sheet{number}.xml"] = (
            f'{CONTENT}{prolog}<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>'
        )
        names += f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="rId{number}"/>'
        links += f'<Relationship Id="rId{number}" Type="x" Target="worksheets/sheet{number}.xml"/>'
    book = '<workbookPr date1904="1"/>' if since_1904 else ""
    parts["xl/workbook.xml"] = (
        f'{CONTENT}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{book}<sheets>{names}</sheets></workbook>'
    )
    parts["xl/_rels/workbook.xml.rels"] = f'{CONTENT}<Relationships xmlns="{PACKAGE}">{links}</Relationships>'
    texts = "".join(f"<si><t>{escape(text)}</t></si>" for text in shared)
    parts["xl/sharedStrings.xml"] = f'{CONTENT}<sst xmlns="{MAIN}">{texts}</sst>'
    parts["xl/styles.xml"] = (
        f'{CONTENT}<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="164" formatCode="dd\\-mmm\\-yyyy"/>'
        f'</numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>'
    )
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return file.getvalue()
