"""What every release promises: the published tables by name, built or not yet."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel, ConfigDict

PROMISED: Final = (
    "dim_organisations",
    "organisation_aliases",
    "organisation_sanctions",
    "dim_equipment",
    "dim_components",
    "bridge_component_equipment",
    "fct_customs_lines",
    "fct_customs_aggregates",
    "customs_coverage",
    "fct_reimports",
    "fct_reimport_exclusions",
    "bridge_reimport_exports",
    "bridge_shipment_lines",
    "fct_equipment_losses",
    "fct_equipment_loss_versions",
    "fct_equipment_losses_daily",
    "loss_aliases",
    "loss_leading_sources",
    "loss_row_reconciliation",
    "bulk_revisions",
    "observation_days",
    "oryx_reconciliation",
    "fct_reimport_loss_links",
    "mart_reimport_cases",
    "mart_defect_claims",
    "mart_reimports_vs_losses_monthly",
    "mart_corridors",
    "mart_trade_flows",
    "source_freshness",
    "row_ledger",
)
"""The tables of the contract that come from dbt; one that has no model yet is listed with ``is_built`` false."""


class Mart(BaseModel):
    """A published table, as dbt's manifest and the observations describe it.

    Attributes:
        mart: Its name.
        is_built: False: the contract names it, no model builds it yet.
        is_derived: It filters facts: being empty may be a true answer, not a fault.
        has_landed_sources: One of the sources that give it rows was observed at least once.
        row_sources: Those sources; empty where seeds give the rows.
        primary_key: The columns that identify a row and order its exports.
    """

    model_config = ConfigDict(frozen=True)

    mart: str
    is_built: bool
    is_derived: bool = False
    has_landed_sources: bool = True
    row_sources: tuple[str, ...] = ()
    primary_key: tuple[str, ...] = ()


def published_marts(manifest: dict[str, Any], landed: set[str]) -> list[Mart]:
    """The marts of a release, in the order of their names.

    Args:
        manifest: dbt's manifest; a published model says ``meta: {published: true, row_sources: [...]}``.
        landed: Names of the sources that were observed at least once.
    """
    marts = {name: Mart(mart=name, is_built=False, has_landed_sources=False) for name in PROMISED}
    for node in manifest["nodes"].values():
        meta = node["config"].get("meta") or {}
        if node["resource_type"] != "model" or not meta.get("published"):
            continue
        row_sources = tuple(meta.get("row_sources", ()))
        marts[node["name"]] = Mart(
            mart=node["name"],
            is_built=True,
            is_derived=bool(meta.get("derived", False)),
            row_sources=row_sources,
            has_landed_sources=not row_sources or bool(landed & set(row_sources)),
            primary_key=tuple(node.get("primary_key") or ()),
        )
    return [marts[name] for name in sorted(marts)]
