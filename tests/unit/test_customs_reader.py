"""Any letters in any field come out as they went in, under the ordinal of their record."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customs_tables import COLUMNS, parse, reasons, row

SOUND, SHIFTED, NO_DATE, NEGATIVE = "sound", "shifted_columns", "missing_date", "negative_quantity"
CHANGES = {NO_DATE: {"G072": ""}, NEGATIVE: {"G31_7": "-1"}}


def written(text: str, delimiter: str) -> str:
    """Quoted only where it must be, so that quotes in the middle of a bare field are met as well."""
    needs = any(mark in text for mark in (delimiter, "\r", "\n")) or text.strip(" ").startswith('"')
    return '"' + text.replace('"', '""') + '"' if needs else text


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    records=st.lists(
        st.tuples(
            st.sampled_from([SOUND, SOUND, SOUND, SHIFTED, NO_DATE, NEGATIVE]),
            st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)
            | st.text('";\t\n\r ,aЯ', max_size=12),
        ),
        min_size=1,
        max_size=40,
    ),
    delimiter=st.sampled_from(";,\t"),
    end=st.sampled_from(["\n", "\r\n"]),
    blank_lines=st.integers(0, 2),
)
def test_every_record_of_any_text_is_loaded_whole_or_quarantined(
    records: list[tuple[str, str]], delimiter: str, end: str, blank_lines: int
) -> None:
    lines = [delimiter.join(COLUMNS) + end]
    for number, (kind, text) in enumerate(records, start=1):
        fields = row(ND=str(number), G31_1=text, **CHANGES.get(kind, {}))
        line = delimiter.join(written(value, delimiter) for value in (fields[:-3] if kind == SHIFTED else fields))
        lines.append(line + end * (1 + blank_lines * (number % 2)))
    with TemporaryDirectory() as folder:
        path = Path(folder, "any.csv")
        path.write_bytes("".join(lines).encode())
        _counts, found, quarantine = parse(path, Path(folder, "out"))

    assert reasons(quarantine) == {number: kind for number, (kind, _) in enumerate(records, start=1) if kind != SOUND}
    texts = {str(number): text for number, (kind, text) in enumerate(records, start=1) if kind == SOUND}
    assert [str(line["_source_row"]) for line in found] == [line["declaration_number"] for line in found] == list(texts)
    for line in found:
        text = re.sub("\r\n|\r", "\n", texts[line["declaration_number"]]).strip(" \t\n\r\u00a0")
        assert line["description"] == (None if text in {"", "NULL", "null", "N/A", "n/a"} else text)
