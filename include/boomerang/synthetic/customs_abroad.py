"""How other countries' vendors write a line: India, Kazakhstan, Ukraine; and the sums that vendors make of lines.

Every one of these files is a query of trade with Russia: the line is the one of ``lines.sql``, seen from the other
side. A Russian import is an Indian export. Its own party is ``foreign_name``, its partner the Russian firm, in Latin
letters. What a vendor has besides is written as the vendors write nothing: NULL.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

_OWN_NUMBER: Final = "lpad((hash(foreign_name) % 100000000)::varchar, 8, '0')"
_QUANTITY: Final = "(case spoiled when 'quantity' then -quantity else quantity end)::double"
_INDIAN_UNIT: Final = (
    "case unit when 'PCS' then 'NOS' when 'KG' then 'KGS' when 'M' then 'MTR' when 'M2' then 'SQM' else 'LTR' end"
)
_HS_8: Final = "left(written_hs_code, 8)"
_IEC: Final = f"'00' || {_OWN_NUMBER}"
_BIN: Final = f"'0000' || {_OWN_NUMBER}"
_EDRPOU: Final = f"'99' || right({_OWN_NUMBER}, 6)"
"""Numbers that no firm has: an Indian one of no region, a Kazakh one of no month, a Ukrainian one that is not given."""
_PARTNER: Final = "latin(russian_name)"
_PARTNER_ADDRESS: Final = "latin(russian_address)"
_RUSSIA: Final = "'RUSSIAN FEDERATION'"


def _columns(names: str, values: dict[str, str]) -> dict[str, str]:
    """A vendor's columns in their order, each with the SQL of its cell; what is not said is NULL."""
    found = {name: values.pop(name, "'NULL'") for name in names.split("|")}
    return {**found, **values, "RECORD_KIND": "record_kind"}


INDIA_EXPORT: Final = _columns(
    "DATE|HS CODE|GOODS DESCRIPTION|QUANTITY|UNIT|ITEM PRICE_INV|CURRENCY|CHA NAME|TOTAL PRICE_INV_FC|FOB_INR|"
    "UNIT PRICE_INR|FOB USD|EXCHANGE RATE_USD|DESTINATION PORT|COUNTRY|INDIAN PORT|IEC|EXPORTER|ADDRESS|CITY|PIN|"
    "CONSIGNEE NAME|CONSIGNEE ADDRESS|INVOICE NO|PORT CODE|ITEM NO|DRAWBACK|STD QUANTITY|STD UNIT|STD ITEM_RATE_INR|"
    "STD ITEM_RATE_USD|DECLARATION NO|HS CODE_2|HS CODE_4|country iso_code_2|HS CODE_DESCRIPTION",
    {
        "DATE": "day",
        "HS CODE": _HS_8,
        "GOODS DESCRIPTION": "description_en",
        "QUANTITY": _QUANTITY,
        "UNIT": _INDIAN_UNIT,
        "CURRENCY": "'USD'",
        "TOTAL PRICE_INV_FC": "value_usd::double",
        "FOB_INR": "round(value_usd::double * 79, 2)",
        "FOB USD": "value_usd::double",
        "COUNTRY": "'RUSSIA'",
        "IEC": _IEC,
        "EXPORTER": "foreign_name",
        "ADDRESS": "foreign_address",
        "CONSIGNEE NAME": _PARTNER,
        "CONSIGNEE ADDRESS": _PARTNER_ADDRESS,
        "ITEM NO": "item_number::varchar",
        "STD QUANTITY": _QUANTITY,
        "STD UNIT": _INDIAN_UNIT,
        "DECLARATION NO": "declaration_number",
        "HS CODE_2": "left(hs_code, 2)",
        "HS CODE_4": "left(hs_code, 4)",
        "country iso_code_2": "'RU'",
    },
)

INDIA_IMPORT: Final = _columns(
    "PORT CODE|INDIAN PORT|DATE|IEC|IMPORTER|ADDRESS|CITY|CHA NO|CHA NAME|COUNTRY OF_ORIGIN|HS CODE|GOODS DESCRIPTION|"
    "QUANTITY|UNIT|UNIT PRICE_INR|TOTAL VALUE_INR|UNIT PRICE_USD|TOTAL VALUE_USD|DUTY PAID_INR|APPRAISING GROUP|"
    "LOADING PORT|INVOICE CURRENCY|SUPPLIER|SUPPLIER ADDRESS|STD SUPPLIER|STD SUPPLIER ADDRESS|INVOICE UNITPRICE_FC|"
    "BE TYPE|INVOICE NO|STD QUANTITY|STD UNIT|STD UNIT_VALUE_INR|STD UNIT_PRICE_USD|DECLARATION NO|HS CODE_2|"
    "HS CODE_4|country iso_code_2|HS CODE_DESCRIPTION|PIN",
    {
        "DATE": "day",
        "IEC": _IEC,
        "IMPORTER": "foreign_name",
        "ADDRESS": "foreign_address",
        "COUNTRY OF_ORIGIN": "origin_name",
        "HS CODE": _HS_8,
        "GOODS DESCRIPTION": "description_en",
        "QUANTITY": _QUANTITY,
        "UNIT": _INDIAN_UNIT,
        "TOTAL VALUE_INR": "round(value_usd::double * 79, 2)",
        "TOTAL VALUE_USD": "value_usd::double",
        "SUPPLIER": _PARTNER,
        "SUPPLIER ADDRESS": _PARTNER_ADDRESS,
        "STD SUPPLIER": "'N/A'",
        "STD SUPPLIER ADDRESS": "'N/A'",
        "BE TYPE": "'H         '",
        "STD QUANTITY": _QUANTITY,
        "STD UNIT": _INDIAN_UNIT,
        "DECLARATION NO": "declaration_number",
        "HS CODE_2": "left(hs_code, 2)",
        "HS CODE_4": "left(hs_code, 4)",
        "country iso_code_2": "'RU'",
    },
)

SHIPPING_BILLS: Final = {
    "RECORD_KIND": "record_kind",
    "SB NO": "declaration_number",
    "ITEM NO": "item_number::varchar",
    # A third of the days are moments: 18:30 in UTC is midnight in India, and the next day.
    "SB DATE": "case when spoiled = 'date' then '31-Feb-2022' when k % 3 = 0"
    " then strftime(declared_on - 1, '%Y-%m-%dT18:30:00.000Z') else strftime(declared_on, '%d-%b-%Y') end",
    "PORT CODE": "'INXXX1'",
    "IEC": _IEC,
    "EXPORTER NAME": "foreign_name",
    "EXPORTER ADDRESS": "foreign_address",
    "BUYER NAME": _PARTNER,
    "BUYER ADDRESS": _PARTNER_ADDRESS,
    "COUNTRY OF DESTINATION": "'RUSSIA'",
    "PORT OF DISCHARGE": "'ST PETERSBURG'",
    "RITC CODE": _HS_8,
    "ITEM DESCRIPTION": "description_en",
    "QUANTITY": f"({_QUANTITY})::varchar",
    "UQC": _INDIAN_UNIT,
    "INVOICE CURRENCY": "'USD'",
    "ITEM VALUE FC": "value_usd::varchar",
    "FOB VALUE (INR)": "round(value_usd * 79, 2)::varchar",
    "FOB VALUE (USD)": "value_usd::varchar",
}
"""Column -> the SQL of its text; labelled first, so that a row that ends early says it too."""

_KAZAKH: Final = {
    "BRAND": "brand",
    "BRAND_EN": "latin(brand)",
    "CARGO_VALUE_IN_FC": "value_usd::double",
    "CUSTOMS_PROCEDURE_CODE": "case direction when 'import' then '10' else '40' end",
    "CUSTOMS_VALUE_KZT": "round(value_usd::double * 450, 2)",
    "CUSTOMS_VALUE_USD": "value_usd::double",
    "DECLARATION_NUMBER": "declaration_number",
    "DIRECTION": "case direction when 'import' then 'ЭК' else 'ИМ' end",
    "FOREIGN_CURRENCY": "'USD'",
    "G_WEIGHT": "gross_weight_kg::double",
    "HS_CODE": "written_hs_code",
    "HS_CODE_2": "left(hs_code, 2)",
    "HS_CODE_4": "left(hs_code, 4)",
    "INCOTERMS": "incoterms",
    "MANUFACTURER": "maker",
    "MANUFACTURER_EN": "latin(maker)",
    "N_WEIGHT": "net_weight_kg::double",
    "ORIGIN_COUNTRY_NAME": "origin_name_ru",
    "ORIGIN_COUNTRY_NAME_EN": "origin_name",
    "PRODUCT_DESCRIPTION": "description",
    "PRODUCT_DESCRIPTION_EN": "description_en",
    "QUANTITY": _QUANTITY,
    "RECORDS_TAG": "'SYNTHETIC'",
    "REGISTRATION_DATE": "day",
    "TOTAL_QUANTITY": "0.0",
    "UNIT_OF_QUANTITY": "unit",
    # The total of the declaration, not of the line: whoever sums it counts it twice.
    "VALUE_IN_FOREIGN_CURRENCY": "invoice_total::double",
}

KAZAKHSTAN_EXPORT: Final = _columns(
    "BRAND|BRAND_EN|BUYER_ADDRESS|BUYER_ADDRESS_EN|BUYER_NAME|BUYER_NAME_EN|CARGO_VALUE_IN_FC|CARGO_VALUE_KZT|"
    "CARGO_VALUE_USD|COST_ADJUST_METHOD_CODE|COST_ADJUST_METHOD_NAME|COST_ADJUST_METHOD_NAME_EN|COUNTRY_ISO_CODE_2|"
    "CUSTOMS_OFFICE_CODE|CUSTOMS_OFFICE_NAME|CUSTOMS_OFFICE_NAME_AT_BORDER|CUSTOMS_OFFICE_NAME_AT_BORDER_EN|"
    "CUSTOMS_OFFICE_NAME_EN|CUSTOMS_PROCEDURE_CODE|CUSTOMS_PROCEDURE_NAME|CUSTOMS_VALUE_KZT|CUSTOMS_VALUE_USD|"
    "DECLARANT_ADDRESS|DECLARANT_ADDRESS_EN|DECLARANT_CODE|DECLARANT_NAME|DECLARANT_NAME_EN|DECLARATION_NUMBER|"
    "DIRECTION|EXCHANGE_RATE|EXPORTER_ADDRESS|EXPORTER_ADDRESS_EN|EXPORTER_CODE|EXPORTER_NAME|EXPORTER_NAME_EN|"
    "FOREIGN_CURRENCY|FROM_COUNTRY_NAME|FROM_COUNTRY_NAME_EN|GUARANTEE_ADDRESS|GUARANTEE_ADDRESS_EN|GUARANTEE_CODE|"
    "GUARANTEE_NAME|GUARANTEE_NAME_EN|G_WEIGHT|HS_CODE|HS_CODE_2|HS_CODE_4|HS_CODE_DESCRIPTION|"
    "HS_CODE_DESCRIPTION_EN|INCOTERMS|MANUFACTURER|MANUFACTURER_EN|N_WEIGHT|ORIGIN_COUNTRY_NAME|"
    "ORIGIN_COUNTRY_NAME_EN|PLACE_OF_DELIVERY|PLACE_OF_DELIVERY_EN|PRODUCT_DESCRIPTION|PRODUCT_DESCRIPTION_EN|"
    "QUANTITY|RECORDS_TAG|RECORD_ID|REGISTRATION_DATE|TOTAL_COST|TOTAL_QUANTITY|TO_COUNTRY_NAME|TO_COUNTRY_NAME_EN|"
    "TRADING_COUNTRY_NAME|TRADING_COUNTRY_NAME_EN|TRANS_TYPE_CROSS_BORDER_EN|TRANS_TYPE_WITHIN_COUNTRY_EN|"
    "UNIT_OF_QUANTITY|VALUE_IN_FOREIGN_CURRENCY|CUSTOMS_OFFICE_CODE_AT_BORDER|TRANS_TYPE_CROSS_BORDER|"
    "TRANS_TYPE_WITHIN_COUNTRY",
    {
        **_KAZAKH,
        "BUYER_ADDRESS": "russian_address",
        "BUYER_ADDRESS_EN": _PARTNER_ADDRESS,
        "BUYER_NAME": "russian_name",
        "BUYER_NAME_EN": _PARTNER,
        "COUNTRY_ISO_CODE_2": "'RU'",
        "EXPORTER_ADDRESS": "foreign_address",
        "EXPORTER_ADDRESS_EN": "foreign_address",
        "EXPORTER_CODE": _BIN,
        "EXPORTER_NAME": "foreign_name",
        "EXPORTER_NAME_EN": "foreign_name",
        "FROM_COUNTRY_NAME": "'КАЗАХСТАН'",
        "FROM_COUNTRY_NAME_EN": "'KAZAKHSTAN'",
        "TO_COUNTRY_NAME": "'РОССИЯ'",
        "TO_COUNTRY_NAME_EN": _RUSSIA,
    },
)

KAZAKHSTAN_IMPORT: Final = _columns(
    "BRAND|BRAND_EN|CARGO_VALUE_IN_FC|CARGO_VALUE_KZT|CARGO_VALUE_USD|COST_ADJUST_METHOD_CODE|"
    "COST_ADJUST_METHOD_NAME|COST_ADJUST_METHOD_NAME_EN|COUNTRY_ISO_CODE_2|CUSTOMS_OFFICE_CODE|"
    "CUSTOMS_OFFICE_CODE_AT_BORDER|CUSTOMS_OFFICE_NAME|CUSTOMS_OFFICE_NAME_AT_BORDER|CUSTOMS_OFFICE_NAME_EN|"
    "CUSTOMS_PROCEDURE_CODE|CUSTOMS_PROCEDURE_NAME|CUSTOMS_PROCEDURE_NAME_EN|CUSTOMS_VALUE_KZT|CUSTOMS_VALUE_USD|"
    "DECLARANT_ADDRESS|DECLARANT_ADDRESS_EN|DECLARANT_CODE|DECLARANT_NAME|DECLARANT_NAME_EN|DECLARATION_NUMBER|"
    "DIRECTION|EXCHANGE_RATE|FOREIGN_CURRENCY|FROM_COUNTRY_NAME|FROM_COUNTRY_NAME_EN|GUARANTEE_ADDRESS|"
    "GUARANTEE_ADDRESS_EN|GUARANTEE_CODE|GUARANTEE_NAME|GUARANTEE_NAME_EN|G_WEIGHT|HS_CODE|HS_CODE_2|HS_CODE_4|"
    "HS_CODE_DESCRIPTION|HS_CODE_DESCRIPTION_EN|IMPORTER_ADDRESS|IMPORTER_ADDRESS_EN|IMPORTER_CODE|IMPORTER_NAME|"
    "IMPORTER_NAME_EN|INCOTERMS|MANUFACTURER|MANUFACTURER_EN|N_WEIGHT|ORIGIN_COUNTRY_NAME|ORIGIN_COUNTRY_NAME_EN|"
    "PLACE_OF_DELIVERY|PLACE_OF_DELIVERY_EN|PRODUCT_DESCRIPTION|PRODUCT_DESCRIPTION_EN|QUANTITY|RECORDS_TAG|"
    "RECORD_ID|REGISTRATION_DATE|SUPPLIER_ADDRESS|SUPPLIER_ADDRESS_EN|SUPPLIER_NAME|SUPPLIER_NAME_EN|TOTAL_COST|"
    "TOTAL_QUANTITY|TO_COUNTRY_NAME|TO_COUNTRY_NAME_EN|TRADING_COUNTRY_NAME|TRADING_COUNTRY_NAME_EN|"
    "TRANS_TYPE_CROSS_BORDER|TRANS_TYPE_CROSS_BORDER_EN|TRANS_TYPE_WITHIN_COUNTRY|TRANS_TYPE_WITHIN_COUNTRY_EN|"
    "UNIT_OF_QUANTITY|VALUE_IN_FOREIGN_CURRENCY",
    {
        **_KAZAKH,
        "COUNTRY_ISO_CODE_2": "'RU'",
        "IMPORTER_ADDRESS": "foreign_address",
        "IMPORTER_ADDRESS_EN": "foreign_address",
        "IMPORTER_CODE": _BIN,
        "IMPORTER_NAME": "foreign_name",
        "IMPORTER_NAME_EN": "foreign_name",
        "SUPPLIER_ADDRESS": "russian_address",
        "SUPPLIER_ADDRESS_EN": _PARTNER_ADDRESS,
        "SUPPLIER_NAME": "russian_name",
        "SUPPLIER_NAME_EN": _PARTNER,
        "FROM_COUNTRY_NAME": "'РОССИЯ'",
        "FROM_COUNTRY_NAME_EN": _RUSSIA,
        "TO_COUNTRY_NAME": "'КАЗАХСТАН'",
        "TO_COUNTRY_NAME_EN": "'KAZAKHSTAN'",
    },
)

UKRAINE_IMPORT: Final = _columns(
    "BROKER_CODE|BROKER_NAME|COMPANY_CODE_OF_THE_CONTRACT_HOLDER|CONTAINER_NUMBER|CONTRACT_CURRENCY|COST_USD_KG|"
    "COUNTRY_ISO_CODE_2|COUNTRY_OF_DEPARTURE_EN|CUSTOMS_AT_THE_BORDER|CUSTOMS_CLEARANCE_EN|CUSTOMS_VALUE_HRYVNIAS|"
    "CUSTOMS_VALUE_USD|CUSTOM_OFFICE_CODE|DATE_OF_ISSUE|DECLARANT_ADDRESS|DECLARANT_CODE|DECLARANT_NAME|"
    "DECLARANT_NAME_EN|DUTY_HRYVNIAS|DUTY_RATE|EXCISE_DUTY_UAH|GROSS_WEIGHT_KG|HS_CODE|HS_CODE_2|HS_CODE_4|"
    "IMPORTER_ADDRESS|IMPORTER_ADDRESS_EN|IMPORTER_CODE|IMPORTER_NAME|IMPORTER_NAME_EN|INVOICE_VALUE_UAH|"
    "INVOICE_VALUE_USD|NAME_OF_THE_CONTRACT_HOLDERS_COMPANY|NAME_OF_THE_CONTRACT_HOLDERS_COMPANY_EN|"
    "NBU_EXCHANGE_RATE_USD|NET_WEIGHT_KG|NO_VMD|ORIGIN_COUNTRY_EN|PREFERENTIAL_DUTY|PRODUCT_DESCRIPTION|"
    "PRODUCT_DESCRIPTION_EN|PRODUCT_NUMBER|QUANTITY|RECORDS_TAG|RECORD_ID|SUPPLIER_NAME|SUPPLIER_NAME_EN|"
    "TERMS_OF_DELIVERY_CODE|TERMS_OF_DELIVERY_PLACE_EN|TRANSPORT_IN_THE_COUNTRY_1|TRANSPORT_ON_THE_BORDER_3|"
    "TYPE_OF_AMD|UNIT_EN|UNIT_VALUE_USD|VAT_UAH|HS_CODE_DESCRIPTION",
    {
        "CONTRACT_CURRENCY": "'EUR'",
        "COUNTRY_ISO_CODE_2": "'RU'",
        "COUNTRY_OF_DEPARTURE_EN": _RUSSIA,
        "CUSTOMS_VALUE_HRYVNIAS": "round(value_usd::double * 27, 2)",
        "CUSTOMS_VALUE_USD": "value_usd::double",
        "DATE_OF_ISSUE": "day",
        "GROSS_WEIGHT_KG": "gross_weight_kg::double",
        "HS_CODE": "written_hs_code",
        "HS_CODE_2": "left(hs_code, 2)",
        "HS_CODE_4": "left(hs_code, 4)",
        "IMPORTER_ADDRESS": "foreign_address",
        "IMPORTER_ADDRESS_EN": "foreign_address",
        "IMPORTER_CODE": _EDRPOU,
        "IMPORTER_NAME": "foreign_name",
        "IMPORTER_NAME_EN": "foreign_name",
        # In hryvnias, whatever the currency of the contract.
        "INVOICE_VALUE_UAH": "round(value_usd::double * 27, 2)",
        "INVOICE_VALUE_USD": "value_usd::double",
        "NET_WEIGHT_KG": "net_weight_kg::double",
        "NO_VMD": "declaration_number",
        "ORIGIN_COUNTRY_EN": "origin_name",
        "PRODUCT_DESCRIPTION": "description",
        "PRODUCT_DESCRIPTION_EN": "description_en",
        "PRODUCT_NUMBER": "item_number::double",
        "QUANTITY": _QUANTITY,
        "RECORDS_TAG": "'SYNTHETIC'",
        "SUPPLIER_NAME": "russian_name",
        "SUPPLIER_NAME_EN": _PARTNER,
        "TYPE_OF_AMD": "'IM/40/ДЕ'",
        "UNIT_EN": "unit",
    },
)

WORKBOOK_COLUMNS: Final = {
    "india_export_full": INDIA_EXPORT,
    "india_import_full": INDIA_IMPORT,
    "kazakhstan_export_full": KAZAKHSTAN_EXPORT,
    "kazakhstan_import_full": KAZAKHSTAN_IMPORT,
    "ukraine_import_full": UKRAINE_IMPORT,
}


@dataclass(frozen=True)
class Sums:
    """How a vendor sums lines.

    Attributes:
        lines_of: The layout of the lines that are summed.
        columns: The vendor's columns, each with the SQL of its cell: a constant, a dimension or a sum.
        dimensions: The expressions that are grouped by.
    """

    lines_of: str
    columns: dict[str, str]
    dimensions: tuple[str, ...]


_MONTH: Final = "strftime(date_trunc('month', declared_on), '%b %Y')"
_SUM_USD: Final = "sum(value_usd)::double"
_SUM_QUANTITY: Final = "sum(quantity)::double"


def _sums(lines_of: str, columns: dict[str, str]) -> Sums:
    labelled = {**columns, "RECORD_KIND": "'SYNTHETIC'"}
    dimensions = tuple(
        dict.fromkeys(expression for expression in labelled.values() if not expression.startswith(("sum(", "'")))
    )
    return Sums(lines_of, labelled, dimensions)


SUMS: Final[dict[str, Sums]] = {
    "russia_import_short": _sums(
        "russia_import_full",
        {
            "HS_CODE": "hs_code",
            "SUPPLIER_NAME": "foreign_name",
            "ORIGIN_COUNTRY": "origin_name",
            "IMPORTER_NAME_EN": "latin(russian_name)",
            "TOTALVALUE": _SUM_USD,
            "TOTALQUANTITY": _SUM_QUANTITY,
            "IMPORT_PORT_EN": "'NULL'",
            "HS_CODE_DESCRIPTION": "'OTHER'",
            "MONTHYEAR": _MONTH,
        },
    ),
    "russia_export_short": _sums(
        "russia_export_full",
        {
            "HS_CODE": "hs_code",
            "BUYER_NAME_EN": "foreign_name",
            "EXPORTER_NAME_EN": "latin(russian_name)",
            "HS_PRODUCT_DESCRIPTION": "'OTHER'",
            "COUNTRY_OF_SHIPMENT": _RUSSIA,
            "IMPORT_PORT": "'NULL'",
            "SUMOFQUANTITY": _SUM_QUANTITY,
            "TOTALVALUE": _SUM_USD,
            "TOTALQUANTITY": _SUM_QUANTITY,
            "MONTHYEAR": _MONTH,
        },
    ),
    "india_import_short": _sums(
        "india_import_full",
        {
            "IMPORTER_NAME": "foreign_name",
            "SUPPLIER_NAME": _PARTNER,
            "HS_CODE": "left(hs_code, 8)",
            "HS_CODE_DESCRIPTION": "'OTHER'",
            "IEC": _IEC,
            "INDIAN_PORT": "'EXAMPLE SEA'",
            "PORT_OF_SHIPMENT": "'ST PETERSBURG'",
            "ORIGIN_COUNTRY": "origin_name",
            "IMP_DATE": "strftime(declared_on - 1, '%Y-%m-%dT18:30:00.000Z')",
            "TOTAL_VALUE_USD": _SUM_USD,
            "TOTAL_QUANTITY": _SUM_QUANTITY,
            "AVG_UNITPRICE": "sum(value_usd)::double / sum(quantity)::double",
            "MONTHYEAR": _MONTH,
        },
    ),
    "kazakhstan_import_short": _sums(
        "kazakhstan_import_full",
        {
            "IMPORTER_NAME_EN": "foreign_name",
            "SUPPLIER_NAME_EN": _PARTNER,
            "HS_CODE": "hs_code",
            "HS_CODE_DESCRIPTION_EN": "description_en",
            "SUMOFVALUE_IN_FOREIGN_CURRENCY": _SUM_USD,
            "SUMOFQUANTITY": _SUM_QUANTITY,
            "MONTHYEAR": _MONTH,
        },
    ),
    "kazakhstan_export_short": _sums(
        "kazakhstan_export_full",
        {
            "EXPORTER_NAME_EN": "foreign_name",
            "BUYER_NAME_EN": _PARTNER,
            "HS_CODE": "hs_code",
            "HS_CODE_DESCRIPTION_EN": "description_en",
            "SUMOFVALUE_IN_FOREIGN_CURRENCY": _SUM_USD,
            "SUMOFQUANTITY": _SUM_QUANTITY,
            "MONTHYEAR": _MONTH,
        },
    ),
    "ukraine_import_short": _sums(
        "ukraine_import_full",
        {
            "HS_CODE": "hs_code",
            "SUPPLIER_NAME": "russian_name",
            "IMPORTER_NAME_EN": "foreign_name",
            "SUPPLIER_NAME_EN": _PARTNER,
            "HS_CODE_DESCRIPTION": "'OTHER'",
            "ORIGIN_COUNTRY_EN": "origin_name",
            "TOTALVALUE": _SUM_USD,
            "%GTTOTALVALUE": "sum(value_usd)::double / 1e9",
            "TOTALQUANTITY": _SUM_QUANTITY,
            "%GTTOTALQUANTITY": "sum(quantity)::double / 1e9",
            "MONTHYEAR": _MONTH,
        },
    ),
}
"""Layout of sums -> how they are made."""

SUM_ROWS_REPEATED: Final = 100
"""Every so many-th row of sums stands in the file twice."""


def sum_rows_query(sums: Sums) -> str:
    """The rows of a file of sums, in their order: a row's own number, whether it repeats the one before it, the cells.

    Only rows that can be read are summed, and of the synthetic ones only: a sum of both kinds is of neither.
    """
    cells = ", ".join(f'{expression} as "{name}"' for name, expression in sums.columns.items())
    names = ", ".join(f'"{name}"' for name in sums.columns)
    return f"""
        with summed as (
            select {cells}
            from lines
            where spoiled is null and record_kind = 'SYNTHETIC'
            group by {", ".join(sums.dimensions)}
        ),

        numbered as (
            select row_number() over (order by {names}) as number, * from summed
        ),

        repeated as (
            select
                unnest(case when number % {SUM_ROWS_REPEATED} = 0 then [false, true] else [false] end) as is_repeat,
                *
            from numbered
        )

        select * from repeated order by number, is_repeat
    """  # noqa: S608 - constants of this module


ABROAD: Final[dict[str, dict[str, Any]]] = {
    "india_export_full": {"country": "IN", "reported_as": "export", "post": "99004", "suffix": ".xlsx"},
    "india_import_full": {"country": "IN", "reported_as": "import", "post": "99005", "suffix": ".xlsx"},
    "india_shipping_bills": {"country": "IN", "reported_as": "export", "post": "99006", "suffix": ".csv"},
    "kazakhstan_export_full": {"country": "KZ", "reported_as": "export", "post": "99007", "suffix": ".xlsx"},
    "kazakhstan_import_full": {"country": "KZ", "reported_as": "import", "post": "99008", "suffix": ".xlsx"},
    "ukraine_import_full": {"country": "UA", "reported_as": "import", "post": "99009", "suffix": ".xlsx"},
}
"""Layouts of other countries: who reports, what it calls the trade; posts as in ``customs_files.LAYOUTS``."""
