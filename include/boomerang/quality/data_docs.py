"""Data Docs that open from a file, offline, on any machine: Great Expectations' own pages, one a mart, and an index.

As they come, the pages load styles, scripts and pictures from ten hosts: offline the index is blank and the marks of
passed and failed are missing, online a reader's opening them is told to strangers. Here every remote reference and
every script is taken out, the marks and the look come from a style sheet in the page, and the index is ours.
"""

from __future__ import annotations

import html
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from selectolax.lexbor import LexborHTMLParser

from boomerang.quality.report import CheckResult, ChecksReport

# Nothing is loaded from anywhere and nothing runs: names in customs papers are other people's text.
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'"

_STYLE: Final = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; color: #1b1b1b }
table { border-collapse: collapse; width: 100%; margin: .6rem 0 }
th, td { border: 1px solid #c9c9c9; padding: .35rem .5rem; text-align: left; vertical-align: top }
th { background: #f1f1f1 }
code, .badge { font-family: ui-monospace, monospace; font-size: .88em; white-space: pre-wrap; overflow-wrap: anywhere }
.badge { background: #eee; padding: 0 .25em; border-radius: 3px }
ol.breadcrumb { list-style: none; padding: 0; display: flex; gap: 1rem }
h5 { font-size: 1.15rem; margin: 1.4rem 0 .4rem } h6 { margin: .8rem 0 .2rem }
.passed, .text-success { color: #1a6b2f } .failed, .text-danger { color: #a3121f }
.warning, .text-warning { color: #855b00 }
.fa-check-circle::before { content: "passed" } .fa-times::before { content: "failed" }
.fa-exclamation-triangle::before { content: "error" } .fa-exclamation-circle::before { content: "warning" }
i { font-style: normal; font-weight: 600 }
"""

_HEAD: Final = (
    f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style>'
)

_REMOTE_OR_RUNNING: Final = (
    "script, link, style, meta, img, nav.navbar, footer, .modal, .card, #ge-cta-footer, button, input"
)


def write_pages(folder: Path, validations: dict[str, Any], report: ChecksReport) -> None:
    """Write ``index.html`` and ``<mart>.html`` for each suite that was evaluated.

    Args:
        folder: Where they go; it exists.
        validations: The results of Great Expectations (``ExpectationSuiteValidationResult``), by mart; used up.
        report: Everything, also what was not evaluated.
    """
    from great_expectations.render.renderer.page_renderer import (  # noqa: PLC0415 - takes seconds
        ValidationResultsPageRenderer,
    )
    from great_expectations.render.view import DefaultJinjaPageView  # noqa: PLC0415

    view = DefaultJinjaPageView()  # one for all pages: it compiles its templates once
    for mart, validation in validations.items():
        for outcome in validation.results:
            outcome.result = _escaped(outcome.result)
            outcome.expectation_config.description = _escaped(outcome.expectation_config.description)
            outcome.expectation_config.kwargs = _escaped(outcome.expectation_config.kwargs)
        page = view.render(ValidationResultsPageRenderer().render(validation))
        (folder / f"{mart}.html").write_text(_offline(page, mart), encoding="utf-8")
    (folder / "index.html").write_text(_index(report, validations.keys()), encoding="utf-8")


def _escaped(value: Any) -> Any:
    """Great Expectations writes tables of values into its pages as they are, markup and all (messages it escapes)."""
    if isinstance(value, str):
        return html.escape(value, quote=False)
    if isinstance(value, dict):
        return {key: _escaped(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_escaped(item) for item in value]
    return value


def _offline(page: str, mart: str) -> str:
    document = LexborHTMLParser(page)
    for node in document.css(_REMOTE_OR_RUNNING):
        node.decompose()
    for link in document.css('[data-toggle="collapse"]'):  # unfolds nothing without scripts
        link.decompose()
    for link in document.css('a[href^="../"]'):  # pages of a site that is not written
        link.unwrap()
    for trace in document.css("div.collapse code"):  # a traceback: paths of this machine, no news for a reader
        if trace.text(strip=True).startswith("Traceback"):
            trace.decompose()
    body = document.body.inner_html if document.body else ""
    return (
        f'<!DOCTYPE html><html lang="en"><head>{_HEAD}<title>{html.escape(mart)}</title></head><body>'
        f'<p><a href="index.html">All checks</a></p>{body}</body></html>'
    )


def _index(report: ChecksReport, pages: Iterable[str]) -> str:
    linked = set(pages)
    rows = []
    for result in report.results:
        suite = html.escape(result.suite)
        mart = f'<a href="{suite}.html">{suite}</a>' if result.suite in linked else suite
        state = result.state.replace(" ", "-")
        rows.append(
            f'<tr><td>{mart}</td><td class="{state}">{result.state}</td><td>{result.severity}</td>'
            f"<td>{html.escape(result.expectation)}<br><small>{html.escape(result.description)}</small></td>"
            f"<td>{html.escape(result.expected)}</td><td>{html.escape(result.observed)}{_failing(result)}</td></tr>"
        )
    return (
        f'<!DOCTYPE html><html lang="en"><head>{_HEAD}<title>Checks</title></head><body><h1>Checks</h1>'
        f"<p>{html.escape(report.describe())}. Checked at {report.checked_at:%Y-%m-%d %H:%M:%S} UTC "
        f"(profile {html.escape(report.profile)}, Great Expectations {html.escape(report.checked_with)}). "
        "A failed critical check keeps a release from being published; a warning is published and shown. "
        "The same in a file: <code>results.json</code>.</p>"
        "<table><thead><tr><th>mart</th><th>state</th><th>severity</th><th>check</th><th>expected</th>"
        f"<th>observed</th></tr></thead><tbody>{''.join(rows)}</tbody></table></body></html>"
    )


def _failing(result: CheckResult) -> str:
    if not result.failing_rows:
        return ""
    rows = "".join(f"<br><code>{html.escape(row)}</code>" for row in result.failing_rows)
    return f"<br><b>rows that fail, for example</b>{rows}"
