"""Workbooks as spreadsheet programs write them, part by part."""

import zipfile
from io import BytesIO

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
PACKAGE = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
GENERAL, DATE, MOMENT, OWN_DATE, SPAN, CLOCK, SHARE = range(7)
"""Styles of `STYLES`."""
STYLES = (
    f'<styleSheet {MAIN}><numFmts count="2"><numFmt numFmtId="164" formatCode="dd\\.mm\\.yyyy;@"/>'
    '<numFmt numFmtId="165" formatCode="[h]:mm"/></numFmts><cellStyleXfs count="1"><xf numFmtId="9"/></cellStyleXfs>'
    '<cellXfs count="7"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="164"/>'
    '<xf numFmtId="165"/><xf numFmtId="20"/><xf numFmtId="9"/></cellXfs><cellStyles count="1"/></styleSheet>'
)


def text(at, content):
    return f'<c r="{at}" t="inlineStr"><is><t>{content}</t></is></c>'


def number(at, value, style=GENERAL):
    return f'<c r="{at}" s="{style}"><v>{value}</v></c>'


def row(n, *cells):
    return f'<row r="{n}">{"".join(cells)}</row>'


def sheet(*rows, after=""):
    return f'<worksheet {MAIN}><dimension ref="A1:B2"/><sheetData>{"".join(rows)}</sheetData>{after}</worksheet>'


def diary(days=3, first=1, column="A"):
    """A date, `x` and `y` in columns next to each other, the header in row `first`."""
    names = [chr(ord(column) + n) for n in range(3)]
    rows = [row(first, *(text(f"{name}{first}", head) for name, head in zip(names, ("date", "x", "y"), strict=True)))]
    for n in range(days):
        at = first + 1 + n
        cells = (number(f"{names[0]}{at}", 45292 + n, DATE), number(f"{names[1]}{at}", n % 2))
        rows.append(row(at, *cells, number(f"{names[2]}{at}", 0.5 + n)))
    return "".join(rows)


def workbook(sheets, *, strings=None, styles=STYLES, properties="", states=None):
    """The file: sheets by name (their XML), shared texts, styles."""
    kinds = {name: f"worksheets/sheet{n}.xml" for n, name in enumerate(sheets, 1)}
    listed = "".join(
        f'<sheet name="{name}" sheetId="{n}" state="{(states or {}).get(name, "visible")}" r:id="r{n}"/>'
        for n, name in enumerate(sheets, 1)
    )
    related = "".join(
        f'<Relationship Id="r{n}" Type="{OFFICE}/worksheet" Target="{part}"/>'
        for n, part in enumerate(kinds.values(), 1)
    )
    related += f'<Relationship Id="rs" Type="{OFFICE}/styles" Target="/xl/styles.xml"/>'
    related += f'<Relationship Id="rt" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>' if strings else ""
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Override PartName="/xl/workbook.xml" ContentType="{TYPES}.sheet.main+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{TYPES}.sharedStrings+xml"/></Types>',
        "_rels/.rels": f'<Relationships {PACKAGE}><Relationship Id="r" Type="{OFFICE}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{OFFICE}">{properties}<sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f"<Relationships {PACKAGE}>{related}</Relationships>",
        "xl/styles.xml": styles,
        "xl/sharedStrings.xml": strings or shared(),
        **{f"xl/{part}": sheets[name] for name, part in kinds.items()},
    }
    sink = BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return sink.getvalue()


def shared(*items):
    return f"<sst {MAIN}>{''.join(f'<si>{item}</si>' for item in items)}</sst>"
