"""Any figure traces to its source, or says that it has none."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from modelpick.engine import Catalog, InputError
from modelpick.engine.adapters.catalog.file import load_catalog
from modelpick.engine.domain.provenance import provenance

TODAY = date(2026, 11, 25)
FACTS = {
    "schema": 1,
    "as_of": date(2026, 11, 23),
    "sources": {
        "paper": {
            "title": "A paper",
            "url": "https://example.org",
            "licence": "MIT",
            "as_of": date(2026, 1, 1),
        },
        "rival": {"title": "A rival"},
        "probe": {"title": "Measured"},
    },
    "benchmarks": {"code": {"title": "Code test", "skill": "coding"}},
    "providers": {"p": {"fee": 0.05, "source": "rival"}},
    "models": {
        "m": {
            "context": 1000,
            "features": ["tools"],
            "source": "paper",
            "skills": {"reasoning": 3.0},
            "scores": [{"benchmark": "code", "value": 87.0, "source": "paper"}],
        }
    },
    "offers": {
        "p/m": {
            "input": 0.05,
            "output": 0.05,
            "source": "paper",
            "as_of": date(2026, 11, 10),
            "ambiguous": "0.05 in total",
            "disputed": [{"source": "rival", "input": 0.025}],
            "tps": 9.0,
            "speed_source": "probe",
            "speed_as_of": date(2026, 11, 24),
            "speed_samples": 12,
        }
    },
}


@pytest.fixture
def catalog() -> Catalog:
    return Catalog.model_validate(FACTS)


def test_a_price_has_source_licence_date_and_doubts(catalog: Catalog) -> None:
    found = provenance(catalog, "p/m", "input")
    assert (found.path, found.value) == ('offers."p/m".input', 0.05)
    assert (found.key, found.url, found.as_of) == ("paper", "https://example.org", date(2026, 11, 10))
    said = found.words(TODAY)
    assert said == ("A paper, MIT, 2026-11-10 (15 days old); ambiguous: 0.05 in total; A rival says 0.025")


def test_a_speed_has_its_own_source(catalog: Catalog) -> None:
    found = provenance(catalog, "p/m", "tps")
    assert found.words(TODAY) == "Measured, 2026-11-24 (1 day old); median of 12 requests"


def test_what_is_missing_says_what_stands_in(catalog: Catalog) -> None:
    assert provenance(catalog, "p/m", "spread").words(TODAY) == "assumed: nobody states another"
    assert "as input" in provenance(catalog, "p/m", "cache_write").words(TODAY)
    assert provenance(catalog, "p/m", "rpm").words(TODAY) == "unknown"
    assert provenance(catalog, "p/m", "model.developer").words(TODAY) == "unknown"
    assert provenance(catalog, "p/m", "model.features").words(TODAY) == "stated in the catalogue"
    window = provenance(catalog, "p/m", "context")
    assert window.value == 1000 and window.as_of == date(2026, 1, 1) and "model's" in window.note


def test_skills_rest_on_scores_and_providers_have_sources(catalog: Catalog) -> None:
    (score,) = provenance(catalog, "p/m", "skills.coding").rests_on
    assert (score.value, score.note, score.key) == (87.0, "Code test", "paper")
    assert provenance(catalog, "p/m", "skills.reasoning").note == "stated in the catalogue"
    assert provenance(catalog, "p/m", "skills.vision").note == "unscored"
    assert provenance(catalog, "p/m", "provider.fee").title == "A rival"


def test_unknown_names_are_refused(catalog: Catalog) -> None:
    with pytest.raises(InputError, match="did you mean 'output'"):
        provenance(catalog, "p/m", "ouput")
    with pytest.raises(InputError, match="unknown offer"):
        provenance(catalog, "p/n", "input")


def test_every_price_of_the_shipped_catalogue_has_a_source(tmp_path: Path) -> None:
    catalog = load_catalog(None)
    for key, offer in catalog.offers.items():
        for field in ("input", "output"):
            found = provenance(catalog, key, field)
            assert (
                found.key in catalog.sources
                and found.as_of is not None
                and found.value == getattr(offer, field)
            )
