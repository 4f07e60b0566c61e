"""The catalogue: files, overlay, cache, and what a routing may refer to."""

from __future__ import annotations

import hashlib
import os
import pickle
from pathlib import Path

import platformdirs
import pytest

from modelpick.engine.adapters.catalog import file
from modelpick.engine.adapters.catalog.cache import read_cache
from modelpick.engine.adapters.folders import user_folder
from modelpick.engine.adapters.routing_file import (
    catalog_hash,
    check_references,
    load_catalog,
    ready_made,
    with_sets,
)
from modelpick.engine.domain.errors import InputError
from modelpick.engine.domain.levels import plan_covers


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def cached(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "cache").rglob("catalog-*"))


def test_an_overlay_is_merged_key_by_key(facts: Path, tmp_path: Path) -> None:
    over = tmp_path / "over.toml"
    over.write_text('[offers."north/small"]\ninput = 0.05\n[models.large]\nfeatures = []\n')
    plain, mine = load_catalog(facts), load_catalog(facts, over)
    assert mine.offers["north/small"].input == 0.05
    assert mine.offers["north/small"].output == plain.offers["north/small"].output
    assert mine.models["large"].features == () and len(mine.offers) == len(plain.offers)
    assert catalog_hash(mine) != catalog_hash(plain) == catalog_hash(load_catalog(facts))


def test_the_users_overlay_is_found(facts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file, "PACKAGED", facts)
    mine = tmp_path / "config" / "modelpick" / "catalog.toml"
    mine.parent.mkdir(parents=True)
    mine.write_text('[providers.north]\nname = "Mine"\n')
    assert load_catalog().providers["north"].name == "Mine"
    assert load_catalog(facts).providers["north"].name == "North"


@pytest.mark.parametrize("home", ["/home/ann", "", "here"])
@pytest.mark.parametrize("stated", ["/srv/own", "", "own", None])
def test_the_users_folders_are_where_platformdirs_has_them(
    home: str, stated: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", home)
    for kind in ("cache", "config", "state"):
        monkeypatch.delenv(f"XDG_{kind.upper()}_HOME", raising=False)
        if stated is not None:
            monkeypatch.setenv(f"XDG_{kind.upper()}_HOME", stated)
    assert user_folder("cache", appauthor=False) == platformdirs.user_cache_path("modelpick", appauthor=False)
    assert user_folder("config") == platformdirs.user_config_path("modelpick")
    assert user_folder("state") == platformdirs.user_state_path("modelpick")


def test_the_cache_gives_the_same_and_is_used(
    facts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load_catalog(facts)
    assert len(cached(tmp_path)) == 1
    monkeypatch.setattr(file, "_validated", None)
    assert load_catalog(facts) == first


def test_a_changed_file_is_read_again(facts: Path, tmp_path: Path) -> None:
    load_catalog(facts)
    facts.write_text(facts.read_text().replace("input = 0.1\n", "input = 0.2\n"))
    assert load_catalog(facts).offers["north/small"].input == 0.2
    assert len(cached(tmp_path)) == 2


def test_a_cached_catalogue_is_the_validated_one_to_the_last_field(
    facts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load_catalog(facts)
    monkeypatch.setattr(file, "_validated", None)
    again = load_catalog(facts)
    assert again.model_dump(exclude_unset=True) == first.model_dump(exclude_unset=True)
    assert catalog_hash(again) == catalog_hash(first)
    offer = again.offers["north/small"]
    assert offer.status is first.offers["north/small"].status
    changed = offer.model_copy(update={"note": "x"})  # what one value is given is no other's
    assert "note" in changed.model_fields_set and "note" not in offer.model_fields_set
    with pytest.raises(ValueError, match="frozen"):
        offer.note = "x"  # type: ignore[misc]


def test_equal_facts_are_kept_once(facts: Path, tmp_path: Path) -> None:
    """A start reads thousands of facts: a text or a day that many offers have is read once."""
    offers = "".join(
        f'[offers."north/m{i}"]\ninput = 1.0\noutput = 2.0\nsource = "s"\nas_of = 2026-01-0{i}\n'
        f'features = ["tools", "vision"]\nnote = "a note that is long enough to be seen"\n'
        for i in (1, 1 + 1)
    )
    models = "[models.m1]\ncontext = 9\n[models.m2]\ncontext = 9\n"
    over = tmp_path / "over.toml"
    over.write_text(f"[sources.s]\n{models}{offers}".replace("2026-01-02", "2026-01-01"))
    first = load_catalog(facts, over)
    again = load_catalog(facts, over)
    one, other = again.offers["north/m1"], again.offers["north/m2"]
    assert again == first and one == first.offers["north/m1"]
    assert one.note is other.note and one.as_of is other.as_of and one.features is other.features
    assert first.offers["north/m1"].note is not first.offers["north/m2"].note  # as they were validated


class _Harmful:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("made-by-a-cache",)


def test_a_cache_runs_nothing_and_one_that_is_changed_is_none(
    facts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load_catalog(facts)
    (kept,) = cached(tmp_path)
    sound = kept.read_bytes()
    monkeypatch.chdir(tmp_path)
    for payload in (pickle.dumps(_Harmful()), pickle.dumps(1), b""):
        kept.write_bytes(hashlib.sha256(payload).digest() + payload)
        assert read_cache(kept) is None
    assert not (tmp_path / "made-by-a-cache").exists()
    assert read_cache(tmp_path / "nowhere") is read_cache(None) is None
    for place in (0, 40, len(sound) // 2, len(sound) - 1):
        kept.write_bytes(sound[:place] + bytes([sound[place] ^ 1]) + sound[place + 1 :])
        assert read_cache(kept) is None
    assert load_catalog(facts) == first and kept.read_bytes() == sound  # written anew


@pytest.mark.parametrize("rubbish", [b"", b"{}", b"\xff\x00", b"[]", b'{"schema": 1'])
def test_a_broken_cache_is_passed_over(facts: Path, tmp_path: Path, rubbish: bytes) -> None:
    first = load_catalog(facts)
    cached(tmp_path)[0].write_bytes(rubbish)
    assert load_catalog(facts) == first
    assert cached(tmp_path)[0].read_bytes() != rubbish


def test_an_unwritable_cache_is_passed_over(facts: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert load_catalog(facts).offers


PLAN = """
[plans."north-max"]
name = "North Max"
provider = "north"
usd_per_month = 20.0
models = ["large"]
allowance = { usd = 100.0 }
max_units = 2
source = "paper"
as_of = 2026-11-20
"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("input = 0.1\n", "inputs = 0.1\n", "north/small\".inputs: unknown key (did you mean 'input'?)"),
        ("input = 0.1\n", "input = -1\n", 'offers."north/small".input: should be greater than or equal to 0'),
        ('"north/small"', '"nroth/small"', "unknown provider 'nroth' (did you mean 'north'?)"),
        ('"north/small"', '"north"', "the key of an offer is provider/model"),
        ('benchmark = "code"', 'benchmark = "cod"', "unknown benchmark 'cod' (did you mean 'code'?)"),
        ("as_of = 2026-11-23\n", "", "as_of: is missing"),
        (
            "input = 0.1\n",
            "input = 5e-324\n",
            "input: is too small a figure to mean anything: at least 1e-12",
        ),
        ("input = 0.1\n", "input = 1e10\n", "input: should be less than or equal to 1000000000, not 1"),
        (
            "input = 0.1\n",
            'input = 0.1\nstatus = "retire"\n',
            "status: should be live or preview or gated or deprecated or retired, not 'retire'"
            " (did you mean 'retired'?)",
        ),
        ("tps = 100\n", "tps = 5e-324\n", "tps: is too small a figure to mean anything"),
        ("input = 0.1\n", "input = 0.1\ntpm = 1e-12\n", "tpm: is too small a figure to mean anything"),
        ("input = 0.1\n", "input = 0.1\nspread = 1e300\n", "spread: should be less than or equal to 1000000"),
        ("[providers.north]", "[" + "north." * 200 + "x]", "a key of more than 100 parts"),
        ('"north"\n', '"norht"\n', "provider: unknown provider 'norht' (did you mean 'north'?)"),
        ('["large"]', '["larg"]', "plans.\"north-max\".models: unknown model 'larg' (did you mean 'large'?)"),
        ('["large"]', '"large"', "models: should be a list, not 'large' (did you mean [\"large\"]?)"),
        ("usd = 100.0", "", "plans.north-max.allowance: give one of usd, requests and tokens, not none"),
        (
            "usd = 100.0",
            "usd = 100.0, tokens = 5.0",
            "give one of usd, requests and tokens, not usd and tokens",
        ),
        ("usd = 100.0", "requests = 0", "plans.north-max.allowance.requests: should be greater than 0"),
        ("usd = 100.0", "token = 5.0", "allowance.token: unknown key (did you mean 'tokens'?)"),
        ("max_units = 2", "max_units = 0", "plans.north-max.max_units: should be greater than or equal to 1"),
        ("max_units = 2", "max_units = 1.5", "plans.north-max.max_units: should be a whole number, not 1.5"),
        ("max_units = 2", "seats = 2", "plans.north-max.seats: unknown key"),
        ("usd_per_month = 20.0\n", "", "plans.north-max.usd_per_month: is missing"),
        ("= 20.0", "= -20.0", "plans.north-max.usd_per_month: should be greater than or equal to 0"),
        ("allowance = { usd = 100.0 }\n", "", "plans.north-max.allowance: is missing"),
    ],
)
def test_a_bad_catalogue_is_explained(facts: Path, old: str, new: str, message: str) -> None:
    text = facts.read_text() + PLAN
    assert old in text
    facts.write_text(text.replace(old, new))
    with pytest.raises(InputError) as caught:
        load_catalog(facts)
    assert message in str(caught.value) and str(caught.value).startswith(str(facts))


def test_a_plan_covers_its_models_at_its_provider(facts: Path) -> None:
    facts.write_text(facts.read_text() + PLAN)
    catalog = load_catalog(facts)
    plan = catalog.plans["north-max"]
    every = plan.model_copy(update={"models": None})
    assert [key for key in catalog.offers if plan_covers(plan, key, catalog.models)] == ["north/large"]
    assert [key for key in catalog.offers if plan_covers(every, key, catalog.models)] == [
        "north/small",
        "north/large",
    ]


def test_an_overlays_mistake_is_blamed_on_it(facts: Path, tmp_path: Path) -> None:
    over = tmp_path / "over.toml"
    over.write_text('[offers."north/small"]\ninput = "cheap"\n')
    with pytest.raises(InputError, match=r"over\.toml"):
        load_catalog(facts, over)
    over.write_text("")
    assert load_catalog(facts, over) == load_catalog(facts)


def test_an_empty_catalogue_is_said_to_be_empty(facts: Path) -> None:
    facts.write_text("\n")
    with pytest.raises(InputError, match="empty"):
        load_catalog(facts)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ('labels.think.allow=["north/smal"]', "labels.think.allow: unknown offer 'north/smal' (did"),
        ('labels.think.deny=["x"]', "labels.think.deny: unknown offer 'x'"),
        ('labels.think.pin."nort/small"=0.5', "labels.think.pin: unknown offer 'nort/small'"),
        ('limits.providers=["norht"]', "limits.providers: unknown provider 'norht' (did you mean 'north'?)"),
        ('limits.deny_providers=["norht"]', "limits.deny_providers: unknown provider"),
        ('limits.models=["smal"]', "limits.models: unknown model 'smal' (did you mean 'small'?)"),
        ('limits.deny_models=["smal"]', "limits.deny_models: unknown model"),
        ('limits.plans=["nroth-max"]', "limits.plans: unknown plan 'nroth-max' (did you mean 'north-max'?)"),
        ("labels.think.skills={codng=1.0}", "unknown skill 'codng' (did you mean 'coding'?)"),
        ('labels.think.features=["tool"]', "unknown feature 'tool' (did you mean 'tools'?)"),
    ],
)
def test_unknown_references_are_explained(facts: Path, change: str, message: str) -> None:
    facts.write_text(facts.read_text() + PLAN)
    catalog = load_catalog(facts)
    with pytest.raises(InputError) as caught:
        check_references(with_sets(ready_made(catalog), [change]), catalog)
    assert message in str(caught.value)


def test_routes_and_fallbacks_may_be_older_than_the_catalogue(facts: Path) -> None:
    sets = ['labels.think.routes=[{offer="gone/x",share=1.0}]', 'labels.think.fallbacks=["gone/y"]']
    catalog = load_catalog(facts)
    check_references(with_sets(ready_made(catalog), sets), catalog)
