"""The yardstick: what one would write by hand to hash a file of declaration fields, read it, type it, and keep Parquet.

One statement does all but the checksum, for which the file is read once more. No copy of the file is kept, no row has
an address, and one that can't be read is dropped silently. It is what the intake is allowed to cost more than.
"""

from __future__ import annotations

import codecs
import hashlib
from pathlib import Path

import duckdb

STATEMENT = """
copy (
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
) to $target (format parquet, compression zstd)
"""

PIECE = 16 * 1024 * 1024


def hash_read_and_type(path: Path, folder: Path, encoding: str = "utf-8") -> int:
    """Hash a file and run the statement on it.

    Args:
        path: A file as ``boomerang.synthetic.customs_files`` writes it.
        folder: Where the Parquet file goes, and a copy in UTF-8 where the file is not.
        encoding: The file's, by its Python name: DuckDB's own reader of other encodings takes ten times as long as
            making a copy in UTF-8 first.

    Returns:
        How many rows it kept.
    """
    folder.mkdir()
    with path.open("rb") as stream:
        hashlib.file_digest(stream, "sha256")
    if encoding != "utf-8":
        copy = folder / "utf8.csv"
        decoder = codecs.getincrementaldecoder(encoding)()
        with path.open("rb") as stream, copy.open("wb") as output:
            while piece := stream.read(PIECE):
                output.write(decoder.decode(piece).encode())
        path = copy
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        arguments = {"path": str(path), "target": str(folder / "lines.parquet")}
        kept = connection.execute(STATEMENT, arguments).fetchall()[0][0]
    return int(kept)
