"""The three tables as pages, with the columns and borders of `letter.css`. Called by `plates`."""

from collections.abc import Callable, Mapping, Sequence

from services.kit.jalali import JalaliMonth
from services.pdfworker.letter import lengths, words
from services.pdfworker.letter.drawing import (
    CELL,
    COLUMN_HEADER,
    ROW_HEADER,
    Drawing,
    Node,
    add_spans,
    draw_rule,
)
from services.pdfworker.letter.figures import drop_markup, format_month
from services.pdfworker.letter.paragraphs import Style, set_paragraph
from services.pdfworker.letter.setter import REMEMBERED_TEXTS
from services.pdfworker.letter.shaping import BOLD, REGULAR
from services.pdfworker.letter.sheets import (
    GREY,
    NO_BORDER,
    THICK,
    THIN,
    Border,
    Cell,
    Column,
    Head,
    Item,
    Part,
    Row,
    RowStyle,
    Sheets,
    build_columns,
    build_head,
    merge_columns,
)
from services.pdfworker.letter.tables import MONTH_NAMES, MonthsRow, Table, WorkshopRows
from services.pdfworker.letter.wage_rows import WageLine

MONTHS = len(MONTH_NAMES)
_LAST_REMEMBERED = "1410-12"


def draw_table(table: Table, *, is_test: bool) -> Sequence[Drawing]:
    """Return the pages of a table without their feet. Raises Unsettable."""
    sheets = Sheets(table.number, table.title, is_wide=table.kind == "consolidated", is_test=is_test)
    groups = _TABLES[table.kind](table, sheets)
    # The footnotes stay with what they explain.
    groups[-1] += [
        Item(note=note, gap=0 if index else lengths.TABLE_GAP) for index, note in enumerate(table.footnotes)
    ]
    for group in groups:
        sheets.add(group)
    return sheets.pages


def set_months() -> None:
    """Set the months of all years that a table of wages may have.

    So a worker's memory is as large before its first letter as after thousands.
    """
    style = Style(REGULAR, lengths.TABLE_SIZE, is_tabular=True)
    (column,) = build_columns(0, [lengths.MONTH_WIDTH], lengths.WAGES_SPACE)
    last = JalaliMonth.parse(_LAST_REMEMBERED)
    first = last.add_months(-REMEMBERED_TEXTS)
    for month in first.iterate_until(last):
        set_paragraph(format_month(month), style, column.width)


def _list_all(table: Table, sheets: Sheets) -> list[list[Item]]:
    """Return the groups of «کلیه سوابق»: a heading has two rows below it, a sum one above."""
    month_width = (sheets.width - lengths.YEAR_WIDTH - lengths.ALL_SUM_WIDTH) / MONTHS
    widths = (lengths.YEAR_WIDTH, *[month_width] * MONTHS, lengths.ALL_SUM_WIDTH)
    columns = build_columns(sheets.right, widths, lengths.CELL_SIDE)
    is_apart = len(table.workshops) > 1
    groups: list[list[Item]] = []
    for index, workshop in enumerate(table.workshops):
        part = Part(_build_months_head(workshop, columns, (sheets.side, sheets.width)))
        rows = [
            _build_months_row(year, columns, lengths.ALL_PADDING, is_last=year is workshop.years[-1])
            for year in workshop.years
        ]
        items = [Item(row, part) for row in rows]
        if index:
            items[0] = items[0]._replace(gap=lengths.APART_GAP)
        if is_apart:
            items[0] = items[0]._replace(bookmark=drop_markup(workshop.heading))
        label, days = (words.WORKSHOP_SUM, workshop.sum) if is_apart else (words.TOTAL, table.totals[0])
        border = THIN if is_apart else THICK
        total = Item(_build_total(label, [days], columns, lengths.ALL_PADDING, below=border), part)
        groups += _keep_ends_together(items, total)
    if is_apart:
        row = _build_total(
            words.GRAND_TOTAL, table.totals, columns, lengths.ALL_PADDING, above=THICK, below=THICK
        )
        groups[-1].append(Item(row, Part(None), gap=lengths.APART_GAP))
    return groups


def _keep_ends_together(items: Sequence[Item], total: Item) -> list[list[Item]]:
    """Return rows in groups: the first two together, and the last with the sum."""
    groups = [[*items[:2]], *[[item] for item in items[2:]]]
    groups[-1].append(total)
    return groups


def _build_months_head(
    workshop: WorkshopRows, columns: Sequence[Column], bounds: tuple[float, float]
) -> Head:
    padding, rows = lengths.ALL_PADDING, list[Row]()
    if workshop.heading:
        style = RowStyle(
            lengths.TABLE_SIZE, padding, lengths.WORKSHOP_PADDING, above=THICK, below=THICK, is_head=True
        )
        attributes = add_spans(COLUMN_HEADER, columns=len(columns))
        cell = Cell(workshop.heading, merge_columns(columns), BOLD, "TH", attributes, can_break_words=True)
        rows.append(Row([cell], style))
    above = NO_BORDER if rows else THICK
    style = RowStyle(lengths.MONTHS_HEAD_SIZE, padding, padding, above=above, below=THICK, is_head=True)
    titles = (words.YEAR, *MONTH_NAMES, words.SUM)
    rows.append(Row(_build_titles(titles, columns), style))
    return build_head(rows, bounds)


def _build_titles(titles: Sequence[str], columns: Sequence[Column]) -> list[Cell]:
    return [
        Cell(title, column, BOLD, "TH", COLUMN_HEADER) for title, column in zip(titles, columns, strict=True)
    ]


def _build_months_row(year: MonthsRow, columns: Sequence[Column], padding: float, *, is_last: bool) -> Row:
    """Return a year with its months and sums; the first of each four sums is bold."""
    border = THICK if is_last else GREY if year.ends_group else NO_BORDER
    cells = [
        Cell(year.year, columns[0], REGULAR, "TH", ROW_HEADER),
        *(Cell(figure, column) for figure, column in zip(year.months, columns[1:], strict=False)),
        *(
            Cell(figure, columns[1 + MONTHS + index], REGULAR if index % 4 else BOLD)
            for index, figure in enumerate(year.sums)
        ),
    ]
    return Row(cells, RowStyle(lengths.TABLE_SIZE, padding, padding, below=border))


def _build_total(
    label: str,
    figures: Sequence[str],
    columns: Sequence[Column],
    padding: float,
    *,
    above: Border = NO_BORDER,
    below: Border = NO_BORDER,
) -> Row:
    """Return a row of sums below the months, whose label spans them; it ends in one empty cell if need be."""
    spanned = 1 + MONTHS
    cells = [
        Cell(label, merge_columns(columns[:spanned]), BOLD, "TH", add_spans(ROW_HEADER, columns=spanned)),
        *(Cell(figure, column, BOLD) for figure, column in zip(figures, columns[spanned:], strict=False)),
    ]
    if rest := columns[spanned + len(figures) :]:
        cells.append(Cell("", merge_columns(rest), attributes=add_spans(CELL, columns=len(rest))))
    return Row(cells, RowStyle(lengths.TABLE_SIZE, padding, padding, above, below))


def _list_consolidated(table: Table, sheets: Sheets) -> list[list[Item]]:
    """Return the groups of «سوابق تلفیقی»: the last year stays with the total."""
    sums = (lengths.CONSOLIDATED_SUM_WIDTH, *[lengths.PART_WIDTH] * 3)
    month_width = (sheets.width - lengths.YEAR_WIDTH - 2 * sum(sums)) / MONTHS
    widths = (lengths.YEAR_WIDTH, *[month_width] * MONTHS, *sums, *sums)
    columns = build_columns(sheets.right, widths, lengths.CELL_SIDE)
    part = Part(_build_consolidated_head(columns, (sheets.side, sheets.width), 2 * sum(sums)))
    padding = lengths.CELL_PADDING
    groups = [
        [Item(_build_months_row(year, columns, padding, is_last=year is table.years[-1]), part)]
        for year in table.years
        if isinstance(year, MonthsRow)
    ]
    total = _build_total(words.TOTAL, table.totals, columns, padding, below=THICK)
    groups[-1].append(Item(total, part))
    return groups


def _build_consolidated_head(
    columns: Sequence[Column], bounds: tuple[float, float], sums_width: float
) -> Head:
    """Return two heading rows: the months span both, the sums have one title above four."""
    left, _ = bounds
    padding, months, sums = lengths.CELL_PADDING, columns[: 1 + MONTHS], columns[1 + MONTHS :]
    half = len(sums) // 2
    attributes = add_spans(COLUMN_HEADER, columns=half)
    upper = [
        Cell(title, merge_columns(part), BOLD, "TH", attributes)
        for title, part in ((words.YEAR_SUM, sums[:half]), (words.RUNNING_SUM, sums[half:]))
    ]
    style = RowStyle(lengths.MONTHS_HEAD_SIZE, padding, padding, below=THICK, is_head=True)
    upper_row = Row(upper, style)
    lower_row = Row(_build_titles(words.DURATION_PARTS * 2, sums), style)
    spanning = [
        cell._replace(attributes=add_spans(COLUMN_HEADER, rows=2))
        for cell in _build_titles((words.YEAR, *MONTH_NAMES), months)
    ]
    spanning_row = Row(spanning, style._replace(below=NO_BORDER))

    def draw(drawing: Drawing, top: float) -> list[Node]:
        drawing.rules.append(draw_rule(left, top, bounds[1], lengths.THICK))
        top += lengths.THICK
        first = upper_row.draw(drawing, top, (left, sums_width))
        second = lower_row.draw(drawing, top + upper_row.height, bounds)
        months_node = spanning_row.draw(drawing, top + upper_row.height, bounds)
        first.kids = months_node.kids + first.kids
        return [first, second]

    return Head(lengths.THICK + upper_row.height + lower_row.height, draw)


def _list_wages(table: Table, sheets: Sheets) -> list[list[Item]]:
    """Return the groups of «سوابق و ریز دستمزدها»: a sum has a row above it."""
    if table.has_job_titles:
        named, space = [lengths.JOBS_TITLE_WIDTH], lengths.JOBS_SPACE
        fixed = (lengths.JOBS_MONTH_WIDTH, lengths.JOBS_DAYS_WIDTH, lengths.JOBS_WAGE_WIDTH)
    else:
        named, space = [], lengths.WAGES_SPACE
        fixed = (lengths.MONTH_WIDTH, lengths.DAYS_WIDTH, lengths.WAGE_WIDTH)
    month, days, wage = fixed
    name_width = sheets.width - sum(fixed) - sum(named)
    columns = build_columns(sheets.right, (month, name_width, *named, days, wage), space)
    titles = [words.MONTH, words.LIST_COLUMN, *([words.JOB_TITLE] if named else []), words.DAYS, words.WAGE]
    padding = lengths.CELL_PADDING
    style = RowStyle(lengths.TABLE_SIZE, padding, padding, above=THICK, below=THICK, is_head=True)
    part = Part(build_head([Row(_build_titles(titles, columns), style)], (sheets.side, sheets.width)))
    groups: list[list[Item]] = []
    for year in table.years:
        if isinstance(year, MonthsRow):
            continue
        bookmark = f"{words.YEAR} {year.year}"
        items = [Item(_build_wage_row(line, columns), part) for line in year.lines]
        label = f"{words.YEAR_SUM} {year.year}"
        total = Item(_build_wage_total(label, (year.days, year.wage), columns, above=THIN), part)
        if items:
            groups += [[items[0]._replace(bookmark=bookmark)], *([item] for item in items[1:])]
        else:
            total = total._replace(bookmark=bookmark)
        (groups or _begin(groups))[-1].append(total)
    groups[-1].append(Item(_build_wage_total(words.TOTAL, table.totals, columns), part))
    return groups


def _begin(groups: list[list[Item]]) -> list[list[Item]]:
    groups.append([])
    return groups


def _build_wage_row(line: WageLine, columns: Sequence[Column]) -> Row:
    month, name, *others, days, wage = columns
    cells = [
        Cell(line.month, month, REGULAR, "TH", ROW_HEADER),
        Cell(line.workshop, name, can_break_words=True),
        *(Cell(line.job_title, column, can_break_words=True) for column in others),
        Cell(line.days, days),
        Cell(line.wage, wage),
    ]
    padding = lengths.CELL_PADDING
    below = GREY if line.ends_season else NO_BORDER
    return Row(cells, RowStyle(lengths.TABLE_SIZE, padding, padding, below=below))


def _build_wage_total(
    label: str, figures: Sequence[str], columns: Sequence[Column], *, above: Border = NO_BORDER
) -> Row:
    *labelled, days, wage = columns
    attributes = add_spans(ROW_HEADER, columns=len(labelled))
    cells = [
        Cell(label, merge_columns(labelled), BOLD, "TH", attributes),
        *(Cell(figure, column, BOLD) for figure, column in zip(figures, (days, wage), strict=True)),
    ]
    padding = lengths.CELL_PADDING
    return Row(cells, RowStyle(lengths.TABLE_SIZE, padding, padding, above, THICK))


_TABLES: Mapping[str, Callable[[Table, Sheets], list[list[Item]]]] = {
    "all": _list_all,
    "wages": _list_wages,
    "consolidated": _list_consolidated,
}
