"""Usage as a routing: the workload of each label scaled to a month, and the routes that it has taken."""

from __future__ import annotations

import json
import re
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import floor
from typing import TYPE_CHECKING, Any

from ...domain.catalog import Catalog
from ...domain.formatting import plural
from ...domain.levels import base_name, spelled_out
from ...domain.plan import PlannedRoute
from ...domain.routing import HOURS_A_MONTH, MAX_P95_RATIO, Label, Measured, Route, Routing
from ..routers.base import FAMILIES
from ..routers.endpoints import LITELLM_PROVIDERS, MAKERS, PROVIDER_ALIASES, EndpointIndex, plain_name
from ..routers.own_names import load_own_names
from ..solution_stamp import rounded_shares
from .aggregate import FIGURES, ServedModel, Usage, UsageGroup
from .duckdb_reader import open_database, read_usage
from .list_price import BilledTokens, ListCost, list_cost
from .measured_figures import EXTRAS, Traffic, measured, unpriced_notes
from .warehouse import is_address, read_spend_logs

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


_MAX_UNKNOWN = 6  # models of a label that are named
_MAX_UNSAID = 4  # models without a level that are named
_MAX_PRICES = 3  # models of a label whose price is said on standard error; --json has all
_BAR_WIDTH = 30  # characters
_REPAINT_SECONDS = 0.5


class OfferResolver:
    """From a model in a log to the offer that it was, and to the labels of a routing that have it.

    It is the `LabelResolver` of `aggregate_usage`.
    """

    def __init__(
        self,
        workload: Routing,
        catalog: Catalog,
        own_names: Mapping[str, str] | None = None,
        substitute: str | None = None,
    ) -> None:
        """own_names: what names mean by the user's own word, instead of the kept file; substitute: the offer
        that every unknown model counts as."""
        names = load_own_names() if own_names is None else own_names
        self._workload, self._catalog, self._substitute = workload, spelled_out(catalog), substitute
        self._endpoints = EndpointIndex(self._catalog, names)
        self._by_plain_name: dict[str, list[str]] = {}
        self._by_id: dict[str, list[str]] = {}
        for endpoint in self._endpoints.all:
            for name in {plain_name(endpoint.id), plain_name(endpoint.offer)}:
                self._by_plain_name.setdefault(name, []).append(endpoint.offer)
            self._by_id.setdefault(endpoint.id, []).append(endpoint.offer)
        labels = workload.labels.values()
        # Logs name models without their reasoning level.
        self._routed = {self._plain(route.offer) for label in labels for route in label.routes}
        self._fallbacks = {self._plain(offer) for label in labels for offer in label.fallbacks}

    def _plain(self, offer: str) -> str:
        return base_name(offer, self._catalog.models)

    def offer(self, provider: str, model: str) -> str | None:
        """The offer behind a model in a log: as it stands, else without its date or variant.

        A name that the user has said the meaning of (names.toml) is that. Without a provider it is what the
        routing has, else of the provider that the name's form shows.
        """
        return self._known(provider, model) or (self._substitute if model else None)

    def _known(self, provider: str, model: str) -> str | None:
        if own := self._endpoints.by_own_name(provider, model):
            return own
        if provider:
            return self._of_provider(provider, model)
        return next(iter(self.candidates(model)), None) or self._endpoints.by_bare_name(model)

    def unknown_note(self, served: ServedModel) -> str:
        """What to say of a model that is in no catalogue; empty for one that is."""
        if self._known(served.provider, served.model) is not None or not served.model:
            return ""
        name = f"{served.provider}/{served.model}" if served.provider else served.model
        if self._substitute is not None:
            return f"{name!r} is not in the catalogue: counted as {self._substitute} (--as)"
        return f"{name!r} is not in the catalogue, left out{self._endpoints.suggestions(name)}"

    def level_note(self, served: ServedModel) -> str:
        """What to say of a reasoning level that the catalogue does not have; empty without one."""
        offer = self.offer(served.provider, served.model)
        if offer is None or not self._endpoints.has_levels(offer):
            return ""
        return self._endpoints.at_level(offer, served.effort)[1]

    def may_be_other_level(self, served: ServedModel) -> bool:
        """Whether the catalogue has reasoning levels of a model, and the log does not name one."""
        offer = None if served.effort else self.offer(served.provider, served.model)
        return offer is not None and self._endpoints.has_levels(offer)

    def _of_provider(self, provider: str, model: str) -> str | None:
        endpoints = self._endpoints
        full_name = f"{provider}/{model}"
        exact = endpoints.by_provider(provider, model) or endpoints.by_litellm(model)
        exact = exact or endpoints.by_litellm(full_name) or endpoints.by_marker(full_name)
        if exact:
            return exact
        name = re.sub(r"_converse$|-anthropic_models$|-coding-plan$", "", provider.casefold())
        providers = {ours for ours, litellm in LITELLM_PROVIDERS.items() if litellm == name}
        providers.add(PROVIDER_ALIASES.get(name, name))
        providers |= {form for form in _providers_of_form(model) if form.partition("-")[0] in providers}
        offers = self.candidates(model)
        sold = [offer for offer in offers if offer.partition("/")[0] in providers]
        in_routing = [offer for offer in offers if offer in self._routed | self._fallbacks]
        return next(iter([*sold, *in_routing]), None) or endpoints.find_similar(name, model)

    def candidates(self, model: str) -> list[str]:
        """The offers that a model may be where a log names no provider, the likeliest first."""
        exact = self._by_id.get(model, [])
        offers = list(dict.fromkeys([*exact, *self._by_plain_name.get(plain_name(model), [])]))
        forms = _providers_of_form(model)

        def rank(offer: str) -> tuple[int, ...]:
            provider = offer.partition("/")[0]
            home = provider == "openrouter" if "/" in model else provider in MAKERS
            return (
                offer not in self._routed,
                offer not in self._routed | self._fallbacks,
                forms.index(provider) if provider in forms else len(forms),
                offer not in exact,
                not home,
                provider != "openrouter",
            )

        return sorted(offers, key=rank)

    def uncertain(self, model: str) -> list[str]:
        """The other offers that a model may have been just as well, of a log that names no provider."""
        offers = self.candidates(model)
        if len(offers) < 2 or offers[0] in self._routed | self._fallbacks or _providers_of_form(model):
            return []
        return [] if offers[0].partition("/")[0] in MAKERS and "/" not in model else offers[1:]

    def serving(self, provider: str, model: str, batch: bool) -> tuple[str, ...]:
        """Labels with this model in their routes, the likeliest first; else the one with it as a fallback."""
        offer = self.offer(provider, model) or ""
        labels = self._workload.labels
        names = [n for n, label in labels.items() if any(self._plain(r.offer) == offer for r in label.routes)]
        if not names:
            names = [n for n, label in labels.items() if offer in map(self._plain, label.fallbacks)]
            names = names if len(names) == 1 else []
        names = [n for n in names if labels[n].batch == batch] or names
        family = next((label for family, label in FAMILIES.items() if family in model.casefold()), "")

        def traffic(name: str) -> float:
            label = labels[name]
            return label.requests * sum(r.share for r in label.routes if self._plain(r.offer) == offer)

        return tuple(sorted(names, key=lambda name: (name != family, -traffic(name))))

    def alias(self, name: str) -> str | None:
        """The label behind a name of Claude Code's that our exports write as an alias of a group."""
        if name in self._workload.labels or not plain_name(name).startswith("claude-"):
            return None
        label = next((label for family, label in FAMILIES.items() if family in name), "default")
        label = label if label in self._workload.labels else "default"
        return label if label in self._workload.labels else None

    def may_wait(self, label: str) -> bool:
        """Whether a label of the routing is one of batch requests."""
        return label in self._workload.labels and self._workload.labels[label].batch

    def list_cost(self, provider: str, model: str, tokens: Mapping[str, float]) -> float | None:
        """USD of input, cached, written and output tokens at list price, without tiers; None: no offer.

        Input counts the cached and the written tokens.
        """
        billed = BilledTokens(0, False, False, tokens)
        return self.cost_of(provider, model, billed, batch=False, service_tier="")

    def cost_of(
        self, provider: str, model: str, tokens: BilledTokens, *, batch: bool, service_tier: str
    ) -> float | None:
        """USD at list price of tokens that are billed alike; None for what is no offer.

        A tier that the offer does not have is its last one.
        """
        offer = self._at_service_tier(self.offer(provider, model), service_tier)
        if offer is None:
            return None
        tier = min(tokens.tier, len(self._catalog.offers[offer].tiers))
        figures = {**dict.fromkeys(FIGURES, 0.0), **tokens.figures}
        billed = BilledTokens(tier, tokens.fast, tokens.bound, figures)
        return list_cost(self._catalog, offer, [billed], batch).usd

    def level(self, served: ServedModel) -> str | None:
        """The key of the offer that served, of its reasoning level where the catalogue has it."""
        offer = self._at_service_tier(self.offer(served.provider, served.model), served.service_tier)
        return self._endpoints.at_level(offer, served.effort)[0]

    def _at_service_tier(self, offer: str | None, service_tier: str) -> str | None:
        """The offer of the provider's variant that is this tier; the plain one where there is none."""
        if offer is None or not service_tier:
            return offer
        provider, _, model = offer.partition("/")
        variant = f"{provider}-{service_tier}/{model}"
        return variant if variant in self._catalog.offers else offer

    def has_service_tier(self, served: ServedModel) -> bool:
        """Whether the catalogue prices a model at the service tier that it was used at."""
        offer = self.offer(served.provider, served.model)
        return self._at_service_tier(offer, served.service_tier) != offer

    def priced(self, served: ServedModel, batch: bool) -> ListCost | None:
        """What the requests of a model cost at list price; None where it is no offer."""
        offer = self.level(served)
        return None if offer is None else list_cost(self._catalog, offer, served.billed, batch)

    def factors(self, served: ServedModel) -> tuple[float, float]:
        """What a model makes of a label's input and output tokens: by its tokenizer, and its verbosity."""
        offer = self.level(served)
        if offer is None:
            return 1.0, 1.0
        model = self._catalog.models[offer.partition("/")[2]]
        return model.prompt_tokens, model.verbosity

    def thresholds(self, provider: str, model: str, service_tier: str) -> tuple[float, ...]:
        """Tokens of a prompt above which a request of a model bills at another tier, the lowest first."""
        offer = self._at_service_tier(self.offer(provider, model), service_tier)
        return tuple(sorted(tier.above for tier in self._catalog.offers[offer].tiers)) if offer else ()


def _providers_of_form(model: str) -> tuple[str, ...]:
    """The providers that the form of a name shows: Bedrock's, its region's first, and Vertex's."""
    makers = "anthropic|amazon|meta|mistral|deepseek|qwen|openai"
    form = re.search(rf"(?:^|/)(?:(\w[\w-]*)\.)?(?:{makers})\.|-v\d+(:\d+)?$", model)
    if form:
        return (f"bedrock-{form[1]}", "bedrock") if form[1] else ("bedrock",)
    return ("vertex",) if re.search(r"@20\d{6}$", model) else ()


def routing_from_usage(usage: Usage, workload: Routing, offers: OfferResolver) -> tuple[Routing, list[str]]:
    """`workload` with the usage's labels, scaled to a month, and what could not be carried over."""
    notes: list[str] = []
    default = workload.labels.get("default") or next(iter(workload.labels.values()))
    labels = {}
    groups = {group.label: group for group in usage.groups}
    order = [*(name for name in workload.labels if name in groups), *groups]
    months = HOURS_A_MONTH / usage.hours
    priced = dict.fromkeys((*EXTRAS, "tiered"), 0.0)
    cost_notes: list[str] = []
    for group in (groups[name] for name in dict.fromkeys(order)):
        template = workload.labels.get(group.label) or workload.labels.get(group.resolved_label) or default
        traffic = Traffic(group, offers, _requests(group, template, usage.source.counts_requests))
        label, label_notes = _label(traffic, template, months)
        routes = _routes(group, offers)
        stated = workload.labels.get(group.label) or workload.labels.get(group.resolved_label)
        figures_by_key = _laid_over(measured(traffic, usage.source), stated.measured if stated else {})
        figures_by_key = {key: _fitting(figures, label) for key, figures in figures_by_key.items()}
        batch = {"batch": True} if group.batch else {}
        answer = {"routes": routes, "fallbacks": (), "measured": figures_by_key}
        labels[group.label] = label.model_copy(update={**answer, **batch})
        notes += label_notes + traffic.verbosity_notes()
        cost_notes += traffic.cost_notes()
        for name in EXTRAS:
            priced[name] += traffic.priced(name)
        at_tier = [served for served in group.served if offers.has_service_tier(served)]
        priced["tiered"] += sum(served.total("tiered") for served in at_tier)
        unknown = [offers.unknown_note(served) or offers.level_note(served) for served in group.served]
        notes += _listed(f"{group.label}: ", list(dict.fromkeys(filter(None, unknown))))
    if len(cost_notes) > _MAX_PRICES:
        count = len(cost_notes) - _MAX_PRICES
        cost_notes[_MAX_PRICES:] = [f"and {plural(count, 'measured cost')} more of the same kind"]
    notes = [*unpriced_notes(usage.unpriced, priced), *cost_notes, *notes]
    served = [served for group in usage.groups for served in group.served]
    left_out = [each for each in served if each.model and offers.offer(each.provider, each.model) is None]
    if left_out:
        name = left_out[0].model
        notes.append(f"--name '{name}'=OFFER says what such a model is, --as OFFER counts them all as that")
    unsaid = sorted({each.model for each in served if offers.may_be_other_level(each)})
    if unsaid:
        more = f" and {len(unsaid) - _MAX_UNSAID} more" if len(unsaid) > _MAX_UNSAID else ""
        names = f"{', '.join(unsaid[:_MAX_UNSAID])}{more}"
        notes.append(f"no reasoning effort in the log, so counted at the default level: {names}")
    free = sorted({each.model for each in served if each.model.endswith(":free")})
    notes += [f"{model} is free of charge: its requests are priced as the paid offer's" for model in free]
    for model in sorted({each.model for each in served if not each.provider}):
        if others := offers.uncertain(model):
            more_offers = f" and {len(others) - 3} more" if len(others) > 3 else ""
            notes.append(
                f"{model}: taken as {offers.offer('', model)}; the log names no provider, and"
                f" {', '.join(others[:3])}{more_offers} have it too (--workload with your routes says which)"
            )
    return workload.model_copy(update={"labels": labels, "solution": None}), notes


def _listed(beginning: str, texts: list[str]) -> list[str]:
    """Notes of one kind, the first of them one by one."""
    if len(texts) > _MAX_UNKNOWN:
        texts = [*texts[:_MAX_UNKNOWN], f"and {len(texts) - _MAX_UNKNOWN} more models"]
    return [beginning + text for text in texts]


def _requests(group: UsageGroup, template: Label, counted: bool) -> float:
    """The requests of a label's traffic; where none are counted, of as many tokens as the workload's."""
    if counted:
        return group.requests
    return max(1.0, round(group.input / template.input_tokens)) if template.input_tokens else 1.0


def _label(traffic: Traffic, template: Label, months: float) -> tuple[Label, list[str]]:
    notes: list[str] = []
    group = traffic.group
    mean, output = traffic.mean_input, traffic.mean_output
    cached = _floored(group.cached)
    workload: dict[str, object] = {
        "requests": float(max(round(traffic.requests * months), 1)),
        "input_tokens": mean,
        "input_tokens_p95": None,
        "output_tokens": output,
        "cached": cached,
        "cache_writes": min(_floored(group.written), 1 - cached),
        "context": None,
    }
    if group.p95 is not None and mean >= 1:
        p95 = traffic.prompt(group.p95)
        ratio = p95 / mean
        if ratio > MAX_P95_RATIO:
            notes.append(f"{group.label}: prompts spread wider than a lognormal can; its p95 is lowered")
        if ratio > 1:
            workload["input_tokens_p95"] = max(float(floor(min(ratio, MAX_P95_RATIO - 1e-3) * mean)), mean)
    if group.largest is not None and group.largest > 0:
        workload["context"] = float(group.largest)
    return template.model_copy(update=workload), notes


def _floored(share: float) -> float:
    """A share in millionths: never more of the cache than there was."""
    return floor(share * 1e6 + 1e-6) / 1e6


def _laid_over(figures: Mapping[str, Measured], earlier: Mapping[str, Measured]) -> dict[str, Measured]:
    """The log's own figures over those that the workload has, such as the quality of own tests."""
    laid = {key: earlier.get(key, Measured()) for key in (*earlier, *figures)}
    return {
        key: before.model_copy(update=figures[key].model_dump(exclude_none=True))
        if key in figures
        else before
        for key, before in laid.items()
    }


def _fitting(figures: Measured, label: Label) -> Measured:
    """Own figures whose cached share fits beside the label's cache writes."""
    if figures.cached is None or figures.cached <= 1 - label.cache_writes:
        return figures
    return figures.model_copy(update={"cached": 1 - label.cache_writes})


def _routes(group: UsageGroup, offers: OfferResolver) -> tuple[Route, ...]:
    """The offers that served, by their share of the requests (of the tokens where those are not counted)."""
    weights: dict[str, float] = {}
    for served in group.served:
        offer = offers.level(served)
        weight = served.requests or served.tokens
        if offer is not None and weight > 0:
            weights[offer] = weights.get(offer, 0.0) + weight
    total = sum(weights.values())
    routes = [PlannedRoute(offer=offer, share=weight / total, cost=0.0) for offer, weight in weights.items()]
    return tuple(Route(offer=o, share=s) for o, s in rounded_shares(routes).items())


def usage_routing(
    source: str, workload: Routing, offers: OfferResolver, *, table: str, threshold: int
) -> tuple[Routing, dict[str, Any], list[str]]:
    """The routing, the figures behind it (as --json has them), and notes. Raises InputError.

    source: a file, a folder, a pattern, or the address of a database with LiteLLM's spend logs in `table`;
    workload: the rules of the labels; offers: what its models are; threshold: tokens of prompt from which it
    is longContext.
    """
    usage = read_source(source, offers, table=table, threshold=threshold)
    routing, notes = routing_from_usage(usage, workload, offers)
    return routing, _figures(usage), [_summary(usage), *_prices_paid(usage), *usage.notes, *notes]


def with_logged_workload(
    routing: Routing, source: str, offers: OfferResolver, *, table: str, threshold: int
) -> tuple[Routing, list[str]]:
    """The routing, its routes as they are, with what its labels did in a log: requests, tokens, cache.

    A label without traffic there has no requests; traffic of other labels is left out. Both are said in the
    notes. The arguments are those of `usage_routing`. Raises InputError.
    """
    logged, _, notes = usage_routing(source, routing, offers, table=table, threshold=threshold)
    labels = {}
    for name, label in routing.labels.items():
        as_logged = logged.labels.get(name)
        routes = {"routes": label.routes, "fallbacks": label.fallbacks}
        labels[name] = label.model_copy(update={"requests": 0.0})
        if as_logged is not None:
            labels[name] = as_logged.model_copy(update=routes)
    if idle := [name for name in labels if name not in logged.labels]:
        notes.append(f"{', '.join(idle)}: no traffic in the log, so no requests a month")
    notes += [
        f"{name}: {label.requests:,.0f} requests a month in the log, of no label of the file: left out"
        for name, label in logged.labels.items()
        if name not in labels
    ]
    return routing.model_copy(update={"labels": labels}), notes


def read_source(
    source: str, offers: OfferResolver, *, table: str, threshold: int, by_day: bool = False
) -> Usage:
    """What a file, a folder, a pattern or a database holds, with its progress on a terminal.

    The arguments are those of `usage_routing`; by_day: with the days apart. Raises InputError.
    """
    with open_database() as database:
        if is_address(source):
            return read_spend_logs(source, table, threshold, offers, by_day=by_day)
        with _progress(database):
            return read_usage(source, threshold, offers, database, by_day=by_day)


def _summary(usage: Usage) -> str:
    days = usage.hours / 24
    requests = sum(group.requests for group in usage.groups)
    traffic = f"{plural(round(requests), 'request')}, " if usage.source.counts_requests else ""
    damaged = f"; {plural(usage.damaged, 'damaged line')} left out" if usage.damaged else ""
    period = f"{usage.first:%Y-%m-%d} to {usage.last:%Y-%m-%d}"
    scale = HOURS_A_MONTH / usage.hours
    return (
        f"{usage.source.title}: {traffic}{period} ({days:.1f} days), times {scale:.3g} for a month{damaged}"
    )


def _prices_paid(usage: Usage) -> list[str]:
    """What the models have cost, where the source says what was paid."""
    return [
        f"{group.label}: {served.provider or 'unknown provider,'} {served.model or 'unknown model'} was paid"
        f" {per_million:,.3g} USD per million tokens"
        for group in usage.groups
        for served in group.served[:_MAX_PRICES]
        if (per_million := _per_million(served)) is not None
    ]


def _per_million(served: ServedModel) -> float | None:
    """USD for a million of its tokens, in and out."""
    return served.usd / served.tokens * 1e6 if served.usd and served.tokens else None


def _figures(usage: Usage) -> dict[str, Any]:
    return {
        "source": usage.source.title,
        "first": usage.first.isoformat(),
        "last": usage.last.isoformat(),
        "hours": usage.hours,
        "damaged": usage.damaged,
        "labels": {group.label: _group(group) for group in usage.groups},
    }


def _group(group: UsageGroup) -> dict[str, Any]:
    """A label's figures in the period, not yet scaled."""
    names = ("requests", "input", "p95", "cached", "written", "output", "largest")
    return {name: getattr(group, name) for name in names} | {"models": list(map(_served, group.served))}


def _served(served: ServedModel) -> dict[str, Any]:
    """With what a million of its tokens, in and out, has cost, where the source says what was paid."""
    return {
        "provider": served.provider,
        "model": served.model,
        "requests": served.requests,
        "tokens": served.tokens,
        "usd": served.usd,
        "usd_per_million": _per_million(served),
    }


@contextmanager
def _progress(database: DuckDBPyConnection) -> Iterator[None]:
    """How far the query is, on a terminal only."""
    if not sys.stderr.isatty():
        yield
        return
    done = threading.Event()

    def show() -> None:
        while not done.wait(_REPAINT_SECONDS):
            percent = min(max(0.0, database.query_progress()), 100.0)
            filled = "#" * round(percent / 100 * _BAR_WIDTH)
            sys.stderr.write(f"\rreading usage [{filled:-<{_BAR_WIDTH}}] {percent:3.0f}%")
            sys.stderr.flush()

    watcher = threading.Thread(target=show, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
        sys.stderr.write("\r\033[K")


def as_json(routing: Routing, figures: dict[str, Any], notes: list[str]) -> str:
    """The answer of --json."""
    from ..serialization import to_plain

    return json.dumps({"usage": figures, "notes": notes, "routing": to_plain(routing)}, indent=2, default=str)
