"""Synthetic sanctions lists in the manner of OFAC and OpenSanctions, for the sample profile and the tests.

The makers of arms on them, their names and tax numbers, are those of the register (``seeds/parties``), whose sources
are the real lists; everything else is invented, and every programme says SYNTHETIC. On the second night OFAC's list
gives one more maker, and a tax number that it did not give before; one entry is gone.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

NULL: Final = "-0- "
PROGRAMME: Final = "SYNTHETIC-RUSSIA"

UVZ, UVZ_CONCERN, UVZ_TRANS = "6623029538", "7706453206", "7709835066"
KBM_KOLOMNA, KBM_MOSCOW, SKBM, VOMZ = "5022039177", "7722307636", "4501033519", "3525023010"

HEADER: Final = (
    "id", "schema", "name", "aliases", "birth_date", "countries", "addresses", "identifiers", "sanctions", "phones",
    "emails", "program_ids", "dataset", "first_seen", "last_seen", "last_change",
)  # fmt: skip


def write_sanctions_lists(folder: Path, night: int) -> None:
    """Write ``ofac_sdn/SDN.CSV`` and ``opensanctions/targets.simple.csv``.

    Args:
        folder: Where the server's files lie.
        night: 1 or 2.
    """
    for name in ("ofac_sdn", "opensanctions"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "ofac_sdn" / "SDN.CSV").write_bytes(ofac_list(ofac_entries(night)))
    (folder / "opensanctions" / "targets.simple.csv").write_bytes(opensanctions_table(opensanctions_entries(night)))


def ofac_entry(entry_id: int, name: str, kind: str = NULL, remarks: str = NULL, programme: str = PROGRAMME) -> str:
    """One record as OFAC writes it: null and numbers bare, texts in quotes."""
    values = [name, kind, programme, *[NULL] * 7, remarks]
    return ",".join([str(entry_id), *(value if value == NULL else f'"{value}"' for value in values)])


def ofac_list(entries: list[str]) -> bytes:
    """The list as OFAC sends it: CRLF, and the old end-of-file mark behind the last record."""
    return "".join(f"{entry}\r\n" for entry in entries).encode("ascii") + b"\x1a"


def ofac_entries(night: int) -> list[str]:
    """The records of a night."""
    entries = [
        ofac_entry(90001, "JSC RESEARCH AND PRODUCTION CORPORATION URALVAGONZAVOD", remarks=_tax(UVZ)),
        # On the list before its tax number is.
        ofac_entry(
            90002,
            "JSC RESEARCH AND PRODUCTION CORPORATION KONSTRUKTORSKOYE BYURO MASHYNOSTROYENIYA",
            remarks=_tax(KBM_KOLOMNA) if night > 1 else NULL,
        ),
        ofac_entry(90003, "JOINT STOCK COMPANY MACHINE BUILDING DESIGN BUREAU", remarks=_tax(KBM_MOSCOW)),
        # A bare abbreviation that many bear, without a number.
        ofac_entry(90004, "KBM"),
        ofac_entry(90010, "DOE, John Synthetic", "individual", "DOB 01 Jan 1970; POB Nowhere; Synthetic."),
        ofac_entry(90011, "ROE, Jane Synthetic", "individual", "DOB 02 Feb 1971; Tax ID No. 000000000000 (Russia)."),
        ofac_entry(90012, "SYNTHETIC KOLOMNA", "vessel", "Vessel Registration Identification IMO 0000000."),
        ofac_entry(90013, "RA-00000", "aircraft"),
        *(
            ofac_entry(90100 + number, f"SYNTHETIC TRADING COMPANY {number}", remarks="Tax ID No. 12345678 (Malta).")
            for number in range(1, 20)
        ),
    ]
    if night > 1:
        entries.remove(ofac_entry(90101, "SYNTHETIC TRADING COMPANY 1", remarks="Tax ID No. 12345678 (Malta)."))
        entries.append(ofac_entry(90200, "JSC VOLOGDA OPTICAL AND MECHANICAL PLANT", remarks=_tax(VOMZ)))
    return entries


def _tax(inn: str) -> str:
    return f"Organization Established Date 01 Jan 2000; Tax ID No. {inn} (Russia); Synthetic record."


def opensanctions_table(entries: list[dict[str, str]]) -> bytes:
    """The table as OpenSanctions sends it; what an entry does not give is empty."""
    output = io.StringIO()
    table = csv.DictWriter(output, HEADER, restval="", lineterminator="\n")
    table.writeheader()
    table.writerows(entries)
    return output.getvalue().encode()


def opensanctions_entries(night: int) -> list[dict[str, str]]:
    """The records of a night; both are the same."""
    del night
    return list(_opensanctions_entries())


def _opensanctions_entries() -> Iterator[dict[str, str]]:
    common = {"countries": "ru", "program_ids": "SYNTHETIC-MILIND", "dataset": "Synthetic", "first_seen": "2023-01-02"}
    # Two legal persons under one entry, as on the real list; texts with line breaks and quotes.
    yield common | {
        "id": "NK-synthetic-uvz", "schema": "LegalEntity", "name": "CONCERN URALVAGONZAVOD JSC",
        "aliases": "NPK URALVAGONZAVOD JSC", "identifiers": f"1086623002190;1187746432345;{UVZ};{UVZ_CONCERN}",
        "sanctions": '"Synthetic text in two lines,\nwith ""quotes""."',
    }  # fmt: skip
    yield common | {
        "id": "NK-synthetic-trans", "schema": "LegalEntity", "name": "JOINT-STOCK COMPANY URALVAGONZAVOD-TRANS",
        "identifiers": f"1097746469952;{UVZ_TRANS}",
    }  # fmt: skip
    yield common | {
        "id": "NK-synthetic-kbm", "schema": "LegalEntity", "aliases": "NPK KBM JSC",
        "name": "JOINT-STOCK COMPANY RESEARCH AND PRODUCTION CORPORATION DESIGN BUREAU OF MECHANICAL ENGINEERING",
        "identifiers": f"1125022001851;{KBM_KOLOMNA}",
    }  # fmt: skip
    yield common | {
        "id": "NK-synthetic-skbm", "schema": "Company", "name": "SPECIAL DESIGN BUREAU OF MECHANICAL ENGINEERING JSC",
        "identifiers": f"{SKBM};1024500520825",
    }  # fmt: skip
    yield common | {
        "id": "synthetic-branch", "schema": "LegalEntity", "name": "BRANCH OF URALVAGONZAVOD - SYNTHETIC PLANT",
    }  # fmt: skip
    yield common | {"id": "NK-synthetic-person", "schema": "Person", "name": "Synthetic Person", "birth_date": "1970"}
    for number in range(1, 9):
        yield {
            "id": f"NK-synthetic-{number}", "schema": "Company", "name": f"Synthetic Shipping {number} Ltd",
            "countries": "hk", "identifiers": f"IMO000000{number}", "dataset": "Synthetic", "first_seen": "2023-01-02",
        }  # fmt: skip
