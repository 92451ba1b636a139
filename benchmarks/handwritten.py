"""The yardstick: one statement that reads a file of declaration fields and types the same columns into a table.

No landing, no provenance, no quarantine: a row that can't be read is dropped silently. It is what the intake is
allowed to cost more than.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

STATEMENT = """
create table lines as
select
    RECORD_KIND as record_kind,
    ND as declaration_number,
    nullif(G32, 0) as line_number,
    G072 as declared_on,
    case G011 when 'ИМ' then 'import' when 'ЭК' then 'export' end as direction,
    G37 as procedure_code,
    G022 as consignor_name,
    G021 as consignor_tax_number,
    G023 as consignor_address,
    G082 as consignee_name,
    G081 as consignee_tax_number,
    G083 as consignee_address,
    G31_11 as manufacturer_name,
    G31_12 as trade_mark,
    coalesce(G34, G16) as origin_country,
    G15A as dispatch_country,
    G17A as destination_country,
    G33 as hs_code,
    G31_1 as description,
    G31_7 as quantity,
    G31_71 as quantity_unit,
    G38 as net_weight_kg,
    G35 as gross_weight_kg,
    G202 as currency,
    G42 as invoice_value,
    G45 as customs_value_rub,
    G46 as value_usd
from read_csv(
    $path,
    delim = ';', header = true, quote = '"', escape = '"', auto_detect = false, encoding = 'utf-8',
    dateformat = '%d.%m.%Y', decimal_separator = ',', ignore_errors = true, nullstr = '',
    columns = {
        'RECORD_KIND': 'varchar', 'ND': 'varchar', 'G072': 'date', 'G011': 'varchar', 'G021': 'varchar',
        'G022': 'varchar', 'G023': 'varchar', 'G081': 'varchar', 'G082': 'varchar', 'G083': 'varchar',
        'G141': 'varchar', 'G15A': 'varchar', 'G16': 'varchar', 'G17A': 'varchar', 'G202': 'varchar',
        'G221': 'decimal(18, 2)', 'G31_1': 'varchar', 'G31_11': 'varchar', 'G31_12': 'varchar',
        'G31_7': 'decimal(18, 3)', 'G31_71': 'varchar', 'G32': 'integer', 'G33': 'varchar', 'G34': 'varchar',
        'G35': 'decimal(18, 3)', 'G37': 'varchar', 'G38': 'decimal(18, 3)', 'G42': 'decimal(18, 2)',
        'G45': 'decimal(18, 2)', 'G46': 'decimal(18, 2)'
    }
)
"""


def read_and_type(path: Path, database: Path) -> int:
    """Run the statement into a new database on disk.

    Args:
        path: A UTF-8 file as ``boomerang.synthetic.customs_files`` writes it.
        database: A file that does not exist yet.

    Returns:
        How many rows it kept.
    """
    with duckdb.connect(str(database)) as connection:
        connection.execute("set enable_progress_bar = false")
        kept = connection.execute(STATEMENT, {"path": str(path)}).fetchall()[0][0]
        connection.execute("checkpoint")
    return int(kept)
