"""LiteLLM's config.yaml: a model group per label, weights inside it, groups of fallbacks behind it.

In a file that is there, a label that has its mix already is left to the letter. Elsewhere a deployment keeps
its place and its settings; what `import config` does not understand keeps its part of the requests.
"""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

from ...domain.errors import InputError, shortened
from ..disk import read_text
from . import yaml_text
from .base import FAMILIES, ConfigReader, ExportedConfig, ExportJob, ImportedConfig, Mix, OwnPrice, Target
from .endpoints import LITELLM_PROVIDERS, OFF, PROVIDER_ALIASES, Endpoint, level_in, whole_weights
from .text import duplicate_keys
from .values import LIST, TABLE, as_list, as_table, as_tables, as_texts, in_order_of

TARGET = Target(
    title="LiteLLM",
    supports=lambda endpoint: bool(endpoint.provider in LITELLM_PROVIDERS or endpoint.url),
    mixes=True,
    fallbacks=True,
    sends_level=lambda label, endpoint: True,  # noqa: ARG005
    keeps_sessions="keeps a session at one model of the mix (session_affinity)",
    service_tiers=True,
    yaml=True,
    comment="#",
    lacks="a threshold: longContext takes over where a window ends, not at {threshold} tokens",
    shapes={
        "model_list": LIST,
        "router_settings": TABLE,
        "router_settings.fallbacks": LIST,
        "router_settings.context_window_fallbacks": LIST,
        "router_settings.optional_pre_call_checks": LIST,
        "router_settings.model_group_alias": TABLE,
        "litellm_settings": TABLE,
        "litellm_settings.fallbacks": LIST,
        "litellm_settings.context_window_fallbacks": LIST,
    },
)
_MAX_WEIGHT = 1e15
_MAX_COST = 1e3  # USD for one token
_MARK = "modelpick"  # in model_info: this entry is ours, and the offer it stands for
_TIERS = (128_000, 200_000, 272_000)  # the thresholds LiteLLM has a price for
_PER_TOKEN = {"input": "input_cost_per_token", "output": "output_cost_per_token"}
_SCHEDULES = ("off_peak_pricing", "tiered_pricing")  # prices by the hour, by the prompt's length
_CACHE = {"cache_read": "cache_read_input_token_cost", "cache_write": "cache_creation_input_token_cost"}
_LIMITS = ("max_input_tokens", "max_output_tokens")
_MAX_FILES = 50  # that a file may include
_SHUFFLE = "simple-shuffle"  # the one strategy that goes by weights
_CREDENTIALS = re.compile(
    r"api_key|api_base|base_url|api_version|organization|litellm_credential_name|region_name"
    r"|(aws|vertex|azure|watsonx|oci|s3|gcs)_.*|tenant_id|client_id|client_secret"
)
_OF_ONE_MODEL = re.compile(
    r"model|base_model|custom_llm_provider|service_tier|inference_geo|speed|extra_body|extra_headers|id|mode|key|litellm_provider"
    r"|modelpick|.*cost.*|max_(input|output)_tokens|supports_.*|thinking|reasoning_effort|allowed_openai_params"
    r"|tpm|rpm|weight|order"
)
_NOT_SAID = re.compile(
    r"model|id|mode|key|litellm_provider|modelpick|.*cost.*|max_.*_tokens|supports_.*|weight|order"
)
_NO_CHAT = re.compile(
    r"embed|(^|[/-])(bge|gte|e5)-|rerank|whisper|(^|[/-])tts|dall-e|gpt-image|imagen|image-preview|flux|sdxl"
    r"|stable-diffusion|moderation|transcribe|speech|sora|veo-"
)
_DATED = re.compile(r"(claude-[a-z0-9-]*?[a-z0-9])[-@](20\d{6})(?!\d)")


def export_config(job: ExportJob, old: Any) -> ExportedConfig:
    """The whole file: `old` with each label's mix put in where it is another one."""
    return _Merge(job, as_table(old), fresh=old is None).exported()


class _Merge:
    """One export over a file's values."""

    def __init__(self, job: ExportJob, settings: dict[str, Any], *, fresh: bool) -> None:
        self.job, self.settings, self.fresh = job, settings, fresh
        self.reader = ConfigReader(job.index)
        self.deployments: list[Any] = list(as_list(settings.get("model_list")))
        self.before = tuple(self.deployments)  # with the keys of those that others take the place of
        self.router = as_table(settings, "router_settings")
        self.alias = as_table(self.router.get("model_group_alias"))
        self.warnings: list[str] = []
        self.notes: list[str] = []
        self.split: list[str] = []  # groups whose weights must hold
        self.renewed = self._renewed_labels()

    def exported(self) -> ExportedConfig:
        """The file's new values; the very same ones where every label stands."""
        settings = self.settings
        if self.renewed:
            dropped = self._drop_unused()
            for name in self.renewed:
                self._put_group(name, self.job.mixes[name])
            self._put_settings(dropped)
            if self.settings.get("include"):
                self.warnings.append(
                    "include: the included files stay as they are; take out there what they have of "
                    + ", ".join(self.renewed)
                )
            settings = {**settings, "model_list": self.deployments, "router_settings": self.router}
        self._note_strategy()
        notes = (*_notes(self.job), *self.notes)
        return ExportedConfig(settings, notes=notes, warnings=tuple(self.warnings))

    # what is there

    def deployments_of(self, name: str | None) -> list[dict[str, Any]]:
        """The deployments of a model group."""
        return [entry for entry in self.deployments if isinstance(entry, dict) and _group_of(entry) == name]

    def group_names(self) -> set[str]:
        """The names of all model groups."""
        return {_group_of(entry) for entry in self.deployments if isinstance(entry, dict)}

    def offer(self, entry: dict[str, Any]) -> str | None:
        """The offer of a deployment, as `import config` reads it."""
        return _offer(entry, self.reader)

    def _alias_target(self, alias: str) -> str | None:
        """The group that a name is an alias of."""
        target = self.alias.get(alias)
        target = target.get("model") if isinstance(target, dict) else target
        return target if isinstance(target, str) else None

    def _renewed_labels(self) -> list[str]:
        """The labels that have another mix in the file, and those that modelpick wrote itself."""
        mixes, renewed = self.job.mixes, []
        for name in mixes:
            target = self._alias_target(name)
            if target is not None and target in mixes and mixes[target].shares == mixes[name].shares:
                continue
            if not self.job.is_unchanged(name) or any(map(_marked, self._deployments_behind(name))):
                renewed.append(name)
        aliased = [name for name in mixes if name not in renewed and self._alias_target(name) in renewed]
        changed = [n for n in aliased if mixes[str(self._alias_target(n))].shares != mixes[n].shares]
        return [*renewed, *changed]

    def _deployments_behind(self, name: str) -> list[dict[str, Any]]:
        """A label's deployments and those of its fallback groups."""
        stem = f"{name}-fallback"
        return [
            *self.deployments_of(name),
            *(e for g in self.group_names() if g.startswith(stem) for e in self.deployments_of(g)),
        ]

    def _drop_unused(self) -> set[str]:
        """Leave out labels that an earlier export wrote and this one has not; the names that end so.

        A label whose offer is not in the catalogue was left out by the import, and so stays.
        """
        before, mixes = self.group_names(), self.job.mixes
        foreign = {_group_of(e) for e in self.deployments if isinstance(e, dict) and not _marked(e)}

        def stays(entry: Any) -> bool:
            if not isinstance(entry, dict) or not _marked(entry) or _group_of(entry) in mixes:
                return True
            if any(_group_of(entry).startswith(f"{label}-fallback") for label in (*mixes, *foreign)):
                return True
            return self.offer(entry) is None

        self.deployments = [entry for entry in self.deployments if stays(entry)]
        return before - self.group_names()

    # a label's own group

    def _put_group(self, name: str, mix: Mix) -> None:
        """Give a label's group its shares, deployment by deployment."""
        group, aliased = self.deployments_of(name), self.deployments_of(self._alias_target(name))
        self.alias.pop(name, None)  # an alias beats the group of that name
        main, *others = _by_priority(group) or [[]]
        later = [entry for entries in others for entry in entries]
        keep_later = bool(later) and self._same_fallbacks(name, mix)
        known, unknown = self._by_offer(name, main)
        stays = [entry for entry in later if keep_later or self.offer(entry) is None]
        weights = self._weights(name, mix, main, known, unknown)
        places = {id(entry): entry for entry in stays}
        places |= {id(entry): _with_weight(entry, weights[id(entry)]) for entry in unknown}
        fresh, replaced = [], [e for o, entries in known.items() if o not in mix.shares for e in entries]
        for offer in mix.shares:
            for entry in known.get(offer, []):
                renewed = self._updated(entry, offer) if _marked(entry) else entry
                places[id(entry)] = _with_weight(renewed, weights[id(entry)])
            if offer not in known:
                entry = self._new_deployment(name, offer, replaced or aliased)
                fresh.append(_with_weight(entry, weights[offer], _order(main[0]) if stays else None))
        self._replace_deployments(group, places, fresh)
        if len(unknown) + len(fresh) + sum(len(known.get(offer, [])) for offer in mix.shares) > 1:
            self.split.append(name)
        if not keep_later:
            self._put_fallbacks(name, mix)

    def _same_fallbacks(self, name: str, mix: Mix) -> bool:
        return tuple(self.job.existing.fallbacks.get(name, ())) == tuple(mix.fallbacks)

    def _by_offer(
        self, name: str, main: list[dict[str, Any]]
    ) -> tuple[dict[str, list[dict[str, Any]]], list[dict[str, Any]]]:
        """A group's deployments by offer, and those of unknown offers, which keep their part."""
        known: dict[str, list[dict[str, Any]]] = {}
        unknown = []
        for entry in main:
            offer = self.offer(entry)
            if offer is None:
                unknown.append(entry)
            else:
                known.setdefault(offer, []).append(entry)
        if unknown and not any(_weight(entry, main) for entries in known.values() for entry in entries):
            names = ", ".join(map(_name, unknown))
            self.warnings.append(f"{name}: takes the place of {names}, which modelpick does not know")
            return known, []
        return known, unknown

    def _weights(
        self,
        name: str,
        mix: Mix,
        main: list[dict[str, Any]],
        known: Mapping[str, list[dict[str, Any]]],
        unknown: list[dict[str, Any]],
    ) -> dict[Any, float | None]:
        """A weight for each deployment (by its id) and each new offer (by name); None where one takes all."""
        counts = {offer: len(known.get(offer, [])) for offer in mix.shares}
        weights: dict[Any, float | None] = {}
        if unknown:
            weights = {id(entry): _weight(entry, main) for entry in unknown}
            total = sum(_weight(entry, main) for entry in main)
            part = total - sum(weight or 0.0 for weight in weights.values())
            whole = {offer: share * part for offer, share in mix.shares.items()}
            names = ", ".join(map(_name, unknown))
            self.warnings.append(
                f"{name}: {names}, which modelpick does not know, keeps {1 - part / total:.0%} of the"
                " requests; the plan is for the others"
            )
        elif sum(max(1, count) for count in counts.values()) > 1:
            whole = {offer: float(weight) for offer, weight in whole_weights(mix.shares).items()}
        else:
            return {key: None for offer in mix.shares for key in (offer, *map(id, known.get(offer, [])))}
        for offer, weight in whole.items():
            weights[offer] = weight
            before = [_weight(entry, main) for entry in known.get(offer, [])]
            for entry, load in zip(known.get(offer, []), before, strict=True):
                weights[id(entry)] = weight * (load / sum(before) if sum(before) else 1 / len(before))
        return weights

    def _updated(self, entry: dict[str, Any], offer: str) -> dict[str, Any]:
        """A deployment that modelpick wrote, with today's prices and limits; what was added to it stays."""
        fresh = _deployment(_group_of(entry), self.job.endpoint(offer), None)
        call, info = as_table(entry, "litellm_params"), as_table(entry, "model_info")
        theirs = {key: setting for key, setting in call.items() if key not in ("model", "rpm", "tpm")}
        facts = {key: fact for key, fact in info.items() if not _is_our_fact(key)}
        return {
            **entry,
            "litellm_params": in_order_of(call, {**fresh["litellm_params"], **theirs}),
            "model_info": in_order_of(info, {**fresh["model_info"], **facts}),
        }

    def _new_deployment(self, group: str, offer: str, replaced: list[dict[str, Any]]) -> dict[str, Any]:
        """A deployment of an offer that the group lacks: with the file's own key, where it has one, and with
        what all those that it replaces had in common."""
        endpoint = self.job.endpoint(offer)
        entry = _deployment(group, endpoint, None)
        call = entry["litellm_params"]
        donor = self._donor(offer)
        if donor is not None:
            for key in ("api_key", "api_base"):
                call.pop(key, None)
            theirs = as_table(donor, "litellm_params")
            call |= {key: setting for key, setting in theirs.items() if _CREDENTIALS.fullmatch(key)}
        self._carry_settings(entry, endpoint, replaced)
        return entry

    def _carry_settings(
        self, entry: dict[str, Any], endpoint: Endpoint, replaced: list[dict[str, Any]]
    ) -> None:
        """Settings that all replaced deployments have in common go over; those that cannot are said."""
        group, left_out = _group_of(entry), []
        same_provider = all((self.offer(each) or "").startswith(f"{endpoint.provider}/") for each in replaced)
        for kind in ("litellm_params", "model_info"):
            common = _common([as_table(each.get(kind)) for each in replaced])
            for key, setting in common.items():
                body = key in ("extra_body", "extra_headers") and same_provider
                if (
                    key == "max_tokens"
                    and isinstance(setting, int)
                    and setting > (endpoint.max_output or setting)
                ):
                    left_out.append(f"max_tokens {setting:,}, as it answers {endpoint.max_output:,} at most")
                elif body or not (_OF_ONE_MODEL.fullmatch(key) or _CREDENTIALS.fullmatch(key)):
                    entry[kind].setdefault(key, setting)
            every = {key for each in replaced for key in as_table(each.get(kind))} - set(entry[kind])
            lost = [
                key for key in sorted(every) if not (_NOT_SAID.fullmatch(key) or _CREDENTIALS.fullmatch(key))
            ]
            left_out += [key for key in lost if key != "max_tokens"]
        if all(map(_marked, replaced)):  # modelpick's own words for a level, which is another now
            left_out = [key for key in left_out if key not in ("reasoning_effort", "allowed_openai_params")]
        if left_out:
            before = ", ".join(dict.fromkeys(_name(each) for each in replaced))
            self.warnings.append(
                f"{group}: {endpoint.offer} takes the place of {before} without {', '.join(left_out)}"
            )

    def _donor(self, offer: str) -> dict[str, Any] | None:
        """A deployment with the key for an offer: one of the same offer, else one of its provider."""
        provider = offer.partition("/")[0]
        entries = [entry for entry in (*self.deployments, *self.before) if isinstance(entry, dict)]
        offers = [(self.offer(entry), entry) for entry in entries]
        of_offer = [entry for other, entry in offers if other == offer]
        of_provider = [entry for other, entry in offers if other and other.partition("/")[0] == provider]
        return next(iter([*of_offer, *of_provider]), None)

    def _replace_deployments(
        self, group: list[dict[str, Any]], places: Mapping[int, dict[str, Any]], fresh: list[dict[str, Any]]
    ) -> None:
        """A group's deployments in their places; new ones where one falls out, else behind the last."""
        members, waiting = {id(entry) for entry in group}, list(fresh)
        after: list[Any] = []
        end = len(self.deployments)
        for entry in self.deployments:
            if id(entry) not in members:
                after.append(entry)
                continue
            if id(entry) in places:
                after.append(places[id(entry)])
            elif waiting:
                after.append(waiting.pop(0))
            end = len(after)
        end = end if group else len(after)
        self.deployments = [*after[:end], *waiting, *after[end:]]

    # what stands behind a label

    def _put_fallbacks(self, name: str, mix: Mix) -> None:
        """A label's fallbacks: its rule stays where they are the same; else ours, then what is not known."""
        place = self._section("fallbacks")
        targets = _targets(place.get("fallbacks"), name)
        ours = [target for target in targets if any(map(_marked, self.deployments_of(target)))]
        stem = f"{name}-fallback"
        if not ours and self._same_fallbacks(name, mix):
            return
        foreign = {target: {self.offer(entry) for entry in self.deployments_of(target)} for target in targets}
        foreign = {target: offers for target, offers in foreign.items() if not target.startswith(stem)}
        names, used = _fallback_groups(self.job, name), []
        for number, offer in enumerate(mix.fallbacks):
            alone = [t for t, offers in foreign.items() if offers == {offer} and t not in self.renewed]
            used.append(alone[0] if alone else names[number])
            if not alone:
                there = [entry for entry in self.deployments_of(names[number]) if self.offer(entry) == offer]
                places = {id(entry): self._updated(entry, offer) for entry in there[:1]}
                fresh = [] if there else [self._new_deployment(names[number], offer, [])]
                self._replace_deployments(self.deployments_of(names[number]), places, fresh)
        unknown = [t for t, offers in foreign.items() if t not in used and not any(offers)]
        unused = {
            t for t in self.group_names() if t.startswith(stem) and t not in used and t not in self.job.mixes
        }
        self.deployments = [
            e for e in self.deployments if not (isinstance(e, dict) and _marked(e) and _group_of(e) in unused)
        ]
        entries = [entry for entry in _listed(place.get("fallbacks"), name) if not isinstance(entry, str)]
        strange = [entry for entry in entries if not isinstance(entry, dict)]  # a table has a model inside
        if strange:
            listed = ", ".join(map(_target_group, strange))
            self.warnings.append(
                f"fallbacks: {name} has {listed}, which names no group; it stays, behind the others"
            )
        place["fallbacks"] = _with_rule(place.get("fallbacks"), name, [*used, *unknown, *entries])

    def _section(self, kind: str) -> dict[str, Any]:
        """Where LiteLLM reads `kind`: router_settings, or litellm_settings where only that has it."""
        litellm = as_table(self.settings.get("litellm_settings"))
        if self.router.get(kind) or not litellm.get(kind):
            return self.router
        self.settings["litellm_settings"] = litellm
        return litellm

    def _put_window_fallbacks(self) -> None:
        """longContext behind every label that it has a larger window than; rules of others stay."""
        place = self._section("context_window_fallbacks")
        for name in self.job.mixes if "longContext" in self.renewed else self.renewed:
            targets = _listed(place.get("context_window_fallbacks"), name)
            if targets in ([], ["longContext"]):
                wanted = ["longContext"] if _outgrows(self.job, name) else []
                rules = _with_rule(place.get("context_window_fallbacks"), name, wanted)
                place["context_window_fallbacks"] = rules

    # the settings

    def _put_settings(self, dropped: set[str]) -> None:
        """What the labels need of the whole router; settings that are there stay."""
        router = self.router
        if self.fresh:
            router |= {"routing_strategy": _SHUFFLE, "num_retries": 2}
            self.settings["general_settings"] = {"master_key": "os.environ/LITELLM_MASTER_KEY"}
        elif self.split and router.get("routing_strategy", _SHUFFLE) != _SHUFFLE:
            self.warnings.append(
                f"routing_strategy was {router['routing_strategy']}; the shares of {', '.join(self.split)}"
                f" need {_SHUFFLE}, which now holds for every group"
            )
            router["routing_strategy"] = _SHUFFLE
        for kind in ("enable_pre_call_checks", "optional_pre_call_checks", "fallbacks"):
            if self.fresh:
                router.setdefault(kind, {"enable_pre_call_checks": True}.get(kind, []))
        self._put_checks()
        for kind in ("fallbacks", "context_window_fallbacks"):
            place = self._section(kind)
            if kind in place:
                cleaned = _without(dropped)
                place[kind] = [left for rule in as_list(place[kind]) if (left := cleaned(rule)) or not rule]
        self._put_window_fallbacks()
        outgrown = [name for name in self.renewed if _outgrows(self.job, name)]
        if outgrown and router.setdefault("enable_pre_call_checks", True) is False:
            self.warnings.append(
                f"enable_pre_call_checks is false: prompts too long for {', '.join(outgrown)} do not go to"
                " longContext"
            )
        self._put_aliases(dropped)
        before = as_table(self.settings, "router_settings")
        self.router = {key: rule for key, rule in router.items() if rule not in ([], {}) or key in before}
        # Requests of Claude Code carry `thinking`, which most other models refuse.
        self.settings["litellm_settings"] = {
            "drop_params": True,
            **as_table(self.settings.get("litellm_settings")),
        }

    def _put_checks(self) -> None:
        """Checks before a call: rate limits that limit, and sessions that keep their model."""
        entries = [entry for name in self.renewed for entry in self._deployments_behind(name)]
        calls = [as_table(entry, "litellm_params") for entry in entries if _marked(entry)]
        rated = any(call.get("rpm") or call.get("tpm") for call in calls)
        # Without the first, rate limits limit nothing; without the second, a split wrecks the prompt caches.
        needed = ["enforce_model_rate_limits"] * rated + ["session_affinity"] * bool(self.split)
        checks = as_list(self.router.get("optional_pre_call_checks"))
        added = [check for check in needed if check not in checks]
        self.router["optional_pre_call_checks"] = [*checks, *added]
        others = [e for e in self.deployments if isinstance(e, dict) and not _marked(e)]
        if added and others:
            self.notes.append(
                f"optional_pre_call_checks: {', '.join(added)} now holds for every group of the file"
            )

    def _put_aliases(self, dropped: set[str]) -> None:
        """Claude Code's names for its models lead to the labels; names that are taken keep their group."""
        aliases = {name: to for name, to in self.alias.items() if self._alias_target(name) not in dropped}
        taken = [str(name) for name in self.group_names()]
        for name, label in _claude_code_names(self.job).items():
            if name in aliases:
                if self._alias_target(name) != label:
                    self.warnings.append(
                        f"model_group_alias: {name} stays {self._alias_target(name)}, not {label}"
                    )
            elif not any(name == group or fnmatch.fnmatchcase(name, group) for group in taken):
                aliases[name] = label
        if aliases or "model_group_alias" in self.router:
            self.router["model_group_alias"] = aliases

    def _note_strategy(self) -> None:
        """Say where the file's own strategy is not the one that goes by weights."""
        strategy = self.router.get("routing_strategy", _SHUFFLE)
        if strategy != _SHUFFLE:
            self.warnings.append(
                f"routing_strategy stays {strategy}: among several deployments of a group LiteLLM picks by"
                f" that; only {_SHUFFLE} goes by weights"
            )


def _notes(job: ExportJob) -> tuple[str, ...]:
    """What a person must know of LiteLLM with these mixes."""
    notes = []
    families = [(family, label) for family, label in FAMILIES.items() if label in job.mixes]
    if families:
        names = " ".join(f"ANTHROPIC_DEFAULT_{family.upper()}_MODEL={label}" for family, label in families)
        notes.append(f"Claude Code reaches the labels by model family; also for future models: {names}")
    for endpoint in job.endpoints:
        unpriced = [f"{tier.above:,.0f}" for tier in endpoint.facts.tiers if tier.above not in _TIERS]
        if unpriced:
            tokens = ", ".join(unpriced)
            notes.append(
                f"{endpoint.offer}: LiteLLM has no price above {tokens} tokens; it counts too little"
            )
        if zone := endpoint.data_zone:
            notes.append(
                f"{endpoint.offer}: the deployment named {endpoint.id} has to be one of Azure's data zone"
                f" {zone}"
            )
    not_ascii = ", ".join(name for name in job.mixes if not name.isascii())
    if not_ascii:
        notes.append(
            f"{not_ascii}: LiteLLM before 1.110 answers 500 to every request of a group with such a"
            " name; name the label in ASCII"
        )
    return tuple(notes)


def _group_of(entry: Mapping[str, Any]) -> str:
    return str(entry.get("model_name"))


def _marked(entry: Mapping[str, Any]) -> bool:
    """Whether modelpick wrote a deployment."""
    return _MARK in as_table(entry, "model_info")


def _is_our_fact(key: str) -> bool:
    """Whether a key of model_info is a price, a window or the mark that modelpick writes."""
    prices = (*_PER_TOKEN.values(), *_CACHE.values())
    return key in (_MARK, *_LIMITS) or any(re.fullmatch(f"{price}(_above_.*)?", key) for price in prices)


def _common(tables: list[dict[str, Any]]) -> dict[str, Any]:
    """What all the tables say alike."""
    first = tables[0] if tables else {}
    return {key: setting for key, setting in first.items() if all(t.get(key) == setting for t in tables)}


def _with_weight(entry: dict[str, Any], weight: float | None, order: int | None = None) -> dict[str, Any]:
    """A deployment with a weight, a whole number where it is one; with none where it takes all requests."""
    call = as_table(entry, "litellm_params")
    if weight is not None:
        weight = round(weight, 6)
        call["weight"] = int(weight) if weight == int(weight) else weight
    elif _marked(entry):
        call.pop("weight", None)
    if order is not None:
        call["order"] = order
    return {**entry, "litellm_params": call}


def _targets(rules: Any, name: str) -> list[str]:
    """The groups that stand behind a group by a list of rules."""
    return as_texts(_listed(rules, name))


def _listed(rules: Any, name: str) -> list[Any]:
    """What stands behind a group by a list of rules, whatever it is; a rule that is no list is one entry."""
    behind = [rule[name] for rule in as_list(rules) if isinstance(rule, dict) and rule.get(name) is not None]
    return [entry for each in behind for entry in (each if isinstance(each, list) else [each])]


def _with_rule(rules: Any, name: str, targets: Sequence[Any]) -> list[Any]:
    """The rules with one for `name` that says `targets`, in the old one's place; none where it is empty."""
    after, placed = [], not targets
    for rule in as_list(rules):
        if isinstance(rule, dict) and name in rule:
            rest = {key: behind for key, behind in rule.items() if key != name or not placed}
            after += [{**rest, name: targets} if not placed else rest] if rest else []
            placed = True
        else:
            after.append(rule)
    return after if placed else [*after, {name: targets}]


def _without(dropped: set[str]) -> Callable[[Any], Any]:
    """Takes dropped groups out of a rule; empty where nothing is left of it."""

    def cleaned(rule: Any) -> Any:
        if not isinstance(rule, dict) or not dropped:
            return rule
        kept = {name: targets for name, targets in rule.items() if name not in dropped}
        left = {
            name: [target for target in targets if not (isinstance(target, str) and target in dropped)]
            if isinstance(targets, list)
            else targets
            for name, targets in kept.items()
        }
        return {name: targets for name, targets in left.items() if targets != []}

    return cleaned


def _fallback_groups(job: ExportJob, name: str) -> list[str]:
    """The names of a label's fallback groups, none of them a label's."""
    count = len(job.mixes[name].fallbacks)
    stem = f"{name}-fallback"
    while any(label.startswith(f"{stem}-") for label in job.mixes):
        stem += "s"
    return [f"{stem}-{number}" for number in range(1, count + 1)]


def _deployment(group: str, endpoint: Endpoint, weight: int | None) -> dict[str, Any]:
    call: dict[str, Any] = {"model": endpoint.litellm_name}
    if endpoint.api not in ("bedrock", "vertex"):  # these two find their keys by themselves
        call["api_key"] = f"os.environ/{endpoint.key}"
    if endpoint.base_url and endpoint.api in ("openai", "anthropic"):
        call["api_base"] = endpoint.base_url
    elif endpoint.provider == "azure":
        call["api_base"] = "os.environ/AZURE_API_BASE"
    call |= _level_params(endpoint)
    if weight is not None:
        call["weight"] = weight
    if endpoint.service_tier:  # Anthropic's fast mode is a speed
        call["speed" if endpoint.provider == "anthropic" else "service_tier"] = endpoint.service_tier
    if endpoint.inference_geo:
        location = "vertex_location" if endpoint.api == "vertex" else "inference_geo"
        call[location] = endpoint.inference_geo
    for kind in ("rpm", "tpm"):
        limit = getattr(endpoint.facts, kind)
        if limit is not None:
            call[kind] = int(limit)
    return {"model_name": group, "litellm_params": call, "model_info": _model_info(endpoint)}


# It puts reasoning_effort into these providers' own words. With them, or of a model that it knows, permission
# to send it as it is would send it twice.
_KNOWS_EFFORT = ("openai", "openrouter", "anthropic", "bedrock", "vertex_ai", "gemini")


def _level_params(endpoint: Endpoint) -> dict[str, Any]:
    """What asks for the endpoint's reasoning level; drop_params would drop it elsewhere, unless allowed."""
    if not endpoint.level:
        return {}
    effort: dict[str, Any] = {"reasoning_effort": endpoint.level}
    provider = endpoint.litellm_name.partition("/")[0]
    if provider in _KNOWS_EFFORT or (provider == "deepseek" and endpoint.level == OFF):
        return effort  # DeepSeek's thinking is switched on and off by it, and graded by the word itself
    return {**effort, "allowed_openai_params": ["reasoning_effort"]}


def _model_info(endpoint: Endpoint) -> dict[str, Any]:
    """Prices in USD per token with the provider's fee, and the window."""
    info: dict[str, Any] = {_MARK: endpoint.offer}
    tiers = [(f"_above_{tier.above / 1000:.0f}k_tokens", tier) for tier in endpoint.facts.tiers]
    priced_tiers = [(suffix, tier) for suffix, tier in tiers if tier.above in _TIERS]
    for suffix, prices in [("", endpoint.facts), *priced_tiers]:
        for name, key in (_PER_TOKEN | _CACHE).items():
            price = getattr(prices, name)
            if price is not None:
                info[f"{key}{suffix}"] = _per_token(price, endpoint.fee)
    info["max_input_tokens"] = endpoint.max_input
    if endpoint.max_output is not None:
        info["max_output_tokens"] = endpoint.max_output
    if endpoint.data_zone:
        info["base_model"] = f"azure/{endpoint.data_zone}/{endpoint.id}"
    return info


def _per_token(price: float, fee: float) -> float:
    return float(f"{price * (1 + fee) / 1e6:.12g}")


def _outgrows(job: ExportJob, name: str) -> bool:
    """Whether longContext has a larger window than some offer of the label."""
    if name == "longContext" or "longContext" not in job.mixes:
        return False
    largest = max(job.endpoint(offer).window for offer in job.mixes["longContext"].shares)
    return any(job.endpoint(offer).window < largest for offer in job.mixes[name].shares)


def _claude_code_names(job: ExportJob) -> dict[str, str]:
    """Every name of a Claude model that the catalogue knows, dated ones too, and the label it stands for.

    Empty where no label is one of Claude Code's.
    """
    names: dict[str, None] = {}
    for key, offer in job.catalog.offers.items():
        name = offer.id or key.partition("/")[2]
        if key.startswith("anthropic/") and name.startswith("claude-"):
            names[name] = None
        names |= {f"{model}-{day}": None for model, day in _DATED.findall(name)}
    families = {name: next((f for f in FAMILIES if f in name), "sonnet") for name in names}
    labels = {name: FAMILIES[family] for name, family in families.items()}
    labels = {name: label if label in job.mixes else "default" for name, label in labels.items()}
    return {name: label for name, label in labels.items() if label in job.mixes}


def import_config(settings: Any, reader: ConfigReader) -> ImportedConfig:
    """The groups as labels, and the names that are aliases of one; those that only stand behind others are
    their fallbacks."""
    groups, wildcards = _named_groups(as_table(settings).get("model_list"), reader)
    routing = {**as_table(settings, "litellm_settings"), **as_table(settings, "router_settings")}
    rules = as_tables(routing.get("fallbacks"))
    fallbacks = {
        name: [_target_group(each) for each in _listed([rule], name)] for rule in rules for name in rule
    }
    for rule in rules:
        for name, targets in rule.items():
            if targets is not None and not isinstance(targets, list):
                target = _target_group(targets)
                reader.note(f"{name}: its fallbacks are {target!r}, not a list, read as one group")
    default_fallbacks = fallbacks.pop("*", as_texts(routing.get("default_fallbacks")))
    named = {*default_fallbacks, *(t for targets in fallbacks.values() for t in targets)}
    named |= {_target_group(alias) for alias in as_table(routing.get("model_group_alias")).values()}
    by_wildcard = _groups_by_wildcard(sorted(named - set(groups)), wildcards)
    groups |= by_wildcard
    aliases = _read_aliases(routing.get("model_group_alias"), groups, reader)
    hidden = {t for name, targets in fallbacks.items() for t in targets if t.startswith(f"{name}-fallback")}
    hidden |= _only_behind_aliases(groups, aliases, reader) | set(by_wildcard)
    labels = {name: name for name in groups if name not in hidden and name not in aliases} | aliases
    for label, group in labels.items():
        targets = fallbacks.get(label) or fallbacks.get(group)
        targets = targets or [target for target in default_fallbacks if target not in (label, group)]
        for target in targets:
            if aliases.get(target, target) not in groups:
                reader.note(f"{label}: its fallback {target!r} is no group of this file, left out")
        main, *others = _by_priority(groups[group])
        later = [entry for entries in others for entry in entries]
        later += [entry for target in targets for entry in groups.get(aliases.get(target, target), [])]
        _note_unread_weights(label, groups[group], reader)
        for entry in groups[group]:
            if not _marked(entry):
                reader.note_host(label, _offer(entry, reader), _address(entry), _name(entry))
        reader.add_label(
            label,
            [(_offer(entry, reader), _weight(entry, main), _name(entry)) for entry in main],
            [(_offer(entry, reader), _name(entry)) for entry in later],
        )
    for name, entries in groups.items():
        for entry in entries:
            _read_price(name, entry, reader)
    _read_discounts(routing.get("cost_discount_config"), reader)
    _note_unread(as_table(settings), routing, reader)
    return reader.config


def _note_unread_weights(label: str, group: list[dict[str, Any]], reader: ConfigReader) -> None:
    """Say which weights and priorities of a split are no numbers, so that they count as none."""
    for metric in ("weight", "order") if len(group) > 1 else ():
        for entry in group:
            stated = as_table(entry, "litellm_params").get(metric)
            number = _as_number(stated)
            if stated is not None and not (isinstance(number, (int, float)) and number >= 0):
                reader.note(
                    f"{label}: {metric} {stated!r} of {_name(entry)!r} is no number from 0 on, not read"
                )


def _target_group(fallback: Any) -> str:
    """The group that a fallback names, as text or as a table with a model; else what stands there."""
    named = as_table(fallback).get("model") if isinstance(fallback, dict) else fallback
    return named if isinstance(named, str) else shortened(json.dumps(named, default=str), 60)


Groups = dict[str, list[dict[str, Any]]]
"""Deployments by the name of their group."""


def _named_groups(listed: Any, reader: ConfigReader) -> tuple[Groups, Groups]:
    """The deployments by group, and those of wildcards; an entry without a name or a model, or of no chat
    model, is said and left."""
    groups: Groups = {}
    wildcards: Groups = {}
    for number, deployment in enumerate(as_list(listed), start=1):
        entry, where = as_table(deployment), f"entry {number} of model_list"
        name, model = entry.get("model_name"), as_table(entry, "litellm_params").get("model")
        if isinstance(name, bool) or not isinstance(name, (str, int, float)) or not str(name).strip():
            reader.note(f"{where} has no model_name, left out")
        elif not isinstance(model, str) or not model.strip():
            reader.note(f"{where}, {shortened(str(name), 60)!r}, has no litellm_params.model, left out")
        elif "*" in model:
            wildcards.setdefault(str(name), []).append(entry)
            reader.note(
                f"{name}: a wildcard, which takes any name that a caller asks for; no label, left out"
            )
        elif _is_no_chat(entry) and _offer(entry, reader) is None:
            reader.note(f"{name}: {model!r} answers no chats, left aside")
        else:
            groups.setdefault(str(name), []).append(entry)
    return groups, wildcards


def _is_no_chat(entry: dict[str, Any]) -> bool:
    """Whether a deployment is for embeddings, images, speech or ranking."""
    mode = as_table(entry, "model_info").get("mode")
    if isinstance(mode, str) and mode:
        return mode not in ("chat", "completion", "responses")
    return _NO_CHAT.search(_name(entry).casefold()) is not None


def _groups_by_wildcard(names: Sequence[str], wildcards: Groups) -> Groups:
    """The deployments that names of no group have by a wildcard; the part that `*` stands for goes over."""
    groups: Groups = {}
    for name in names:
        for pattern in sorted(wildcards, key=len, reverse=True):  # the most particular first
            match = re.fullmatch(re.escape(pattern).replace(r"\*", "(.*)"), name)
            if match is None:
                continue
            part = match.group(1) if match.groups() else name
            calls = [
                {**as_table(entry, "litellm_params"), "model": _name(entry).replace("*", part)}
                for entry in wildcards[pattern]
            ]
            groups[name] = [
                {**entry, "model_name": name, "litellm_params": call}
                for entry, call in zip(wildcards[pattern], calls, strict=True)
            ]
            break
    return groups


def _read_aliases(listed: Any, groups: Mapping[str, Any], reader: ConfigReader) -> dict[str, str]:
    """The names that lead to another group, without Claude Code's names for its own labels."""
    aliases = {}
    for name, alias in as_table(listed).items():
        target = alias if isinstance(alias, str) else as_table(alias).get("model")
        family = next((family for family in FAMILIES if family in name), "sonnet")
        if name.startswith("claude-") and target in (FAMILIES[family], "default"):
            continue
        if isinstance(target, str) and target in groups:
            aliases[name] = target
        else:
            named = repr(target) if isinstance(target, str) else "what it names"
            reader.note(f"{name}: {named} in model_group_alias is no group of this file, left out")
    return aliases


def _only_behind_aliases(
    groups: Mapping[str, list[dict[str, Any]]], aliases: Mapping[str, str], reader: ConfigReader
) -> set[str]:
    """Groups of people's own that an alias leads to: the alias is the label, or its requests count twice."""
    hidden = {
        group for group in aliases.values() if group not in aliases and not any(map(_marked, groups[group]))
    }
    for group in [name for name in groups if name in hidden]:
        names = ", ".join(name for name, target in aliases.items() if target == group)
        reader.note(f"{group}: read as {names} (model_group_alias), not as a label by its own name")
    return hidden


def _note_unread(settings: dict[str, Any], routing: dict[str, Any], reader: ConfigReader) -> None:
    """Say what the file holds about routes and money that is not read."""
    for key in ("content_policy_fallbacks", "provider_budget_config", "enable_tag_filtering"):
        if routing.get(key):
            reader.note(f"{key} is not read")
    for rule in as_tables(routing.get("context_window_fallbacks")):
        for name in rule:
            targets = [_target_group(each) for each in _listed([rule], name)]
            if targets not in ([], ["longContext"]):
                listed = ", ".join(targets)
                reader.note(f"{name}: where its window ends {listed} takes over, which is not counted")
    if routing.get("cost_margin_config"):
        reader.note("cost_margin_config is not read: it is what you add for others, not what you pay")
    strategy = routing.get("routing_strategy")
    if isinstance(strategy, str) and strategy != _SHUFFLE:
        reader.note(
            f"routing_strategy is {strategy}, which picks by what it measures; shares are taken from weights"
        )
    if settings.get("include"):
        reader.note("include is not read: give the included file itself")


def with_includes(settings: Any, where: str) -> tuple[Any, list[str]]:
    """A file's values with those of the files that it includes, as LiteLLM joins them; and what to say.

    Lists add up, anything else of a later file replaces. Only files in the folder of the file at path
    `where`, or below it, are read, each once.
    """
    notes: list[str] = []
    folder = Path(where).parent.resolve()
    joined, visited = as_table(settings), {Path(where).resolve()}
    waiting = [(Path(where), as_table(settings))]
    while waiting:
        path, parent = waiting.pop(0)
        listed = parent.get("include")
        for name in [listed] if isinstance(listed, str) else as_list(listed):
            if not isinstance(name, str) or "\0" in name or not name:
                notes.append("include: an entry is no path of a file, not read")
                continue
            file = (path.parent / name).resolve()
            if file in visited:
                continue
            if not file.is_relative_to(folder) or len(visited) > _MAX_FILES:
                why = "is one file too many" if len(visited) > _MAX_FILES else "is outside the file's folder"
                notes.append(f"include: {name} {why}, not read; give that file itself")
                continue
            visited.add(file)
            try:
                text = read_text(file)
                included = as_table(yaml_text.load(text, name))
            except InputError as error:
                notes.append(f"include: {name} is not read: {error.what}")
                continue
            notes += [
                f"include: {name}: {clause}; the last one counts" for clause in duplicate_keys(text, True)
            ]
            for key, setting in included.items():
                if key != "include":
                    both = isinstance(setting, list) and isinstance(joined.get(key), list)
                    joined[key] = [*joined[key], *setting] if both else setting
            waiting.append((file, included))
    joined.pop("include", None)
    return joined, notes


def _name(entry: dict[str, Any]) -> str:
    model = as_table(entry, "litellm_params").get("model")
    return model if isinstance(model, str) and model else "a deployment without a model"


def _offer(entry: dict[str, Any], reader: ConfigReader) -> str | None:
    """The offer of a deployment, at the reasoning level that it asks for."""
    call, offer = as_table(entry, "litellm_params"), _offer_at_any_level(entry, reader)
    level = level_in({**as_table(call.get("extra_body")), **call})
    return reader.at_level(None if offer is None else reader.endpoints.without_level(offer), level)


def _offer_at_any_level(entry: dict[str, Any], reader: ConfigReader) -> str | None:
    call, endpoints = as_table(entry, "litellm_params"), reader.endpoints
    marked = endpoints.by_marker(as_table(entry, "model_info").get(_MARK))
    address, name = _address(entry), _name(entry)
    provider, slash, model = name.partition("/")
    custom = call.get("custom_llm_provider")
    if isinstance(custom, str) and custom and provider != custom:
        provider, slash, model = custom, "/", name
    base = as_table(entry, "model_info").get("base_model") or call.get("base_model")
    if isinstance(base, str) and provider == "azure":  # a deployment's name says nothing of its model
        model = base.removeprefix("azure/")
    if marked or not slash:
        return marked or endpoints.by_bare_name(name)
    offer = endpoints.by_litellm(f"{provider}/{model}", address)
    offer = offer or endpoints.find_similar(provider, model, address)
    if offer:
        offer = endpoints.at_tier(offer, call.get("service_tier") or call.get("speed"))
        region = call.get("inference_geo") or _data_zone(provider, model) or _vertex_region(call)
        offer = endpoints.in_region(offer, region)
    based = isinstance(base, str) and offer is None  # an inference profile of one's own
    return endpoints.find_similar(provider, str(base), address) if based else offer


def _data_zone(provider: str, model: str) -> str:
    """The zone that LiteLLM's name for an Azure price says: azure/eu/gpt-5.4."""
    zone, slash, _ = model.partition("/")
    return zone if provider == "azure" and slash and zone in ("eu", "us") else ""


def _vertex_region(call: dict[str, Any]) -> str:
    """The multi-region that a deployment's place on Vertex AI is in: europe-west1 is in `eu`."""
    continent = str(call.get("vertex_location") or "").partition("-")[0]
    return {"europe": "eu"}.get(continent, continent)


def _address(entry: dict[str, Any]) -> str:
    call = as_table(entry, "litellm_params")
    return str(call.get("api_base") or call.get("base_url") or "")


def _read_price(group: str, entry: dict[str, Any], reader: ConfigReader) -> None:
    """A deployment's own price, in USD per million tokens; what of it is not read is said."""
    stated = {**as_table(entry, "model_info"), **as_table(entry, "litellm_params")}
    costs = {
        key: cost
        for key, cost in stated.items()
        if ("_cost" in key or key in _SCHEDULES) and cost is not None
    }
    if not costs or _marked(entry):
        return
    offer, name = _offer(entry, reader), _name(entry)
    if offer is None or reader.endpoints.has_own_name(name):
        reader.note(f"{group}: the file's prices of {name!r} are not taken, as it is not in the catalogue")
        return
    prices = {
        key: float(f"{number * 1e6:.12g}")
        for key, cost in costs.items()
        if (number := _cost(cost)) is not None
    }
    figures = {field: prices[key] for field, key in (_PER_TOKEN | _CACHE).items() if key in prices}
    read = {*_PER_TOKEN.values(), *_CACHE.values()} & set(prices)
    tiers: dict[float, dict[str, float]] = {}
    for field, key in (_PER_TOKEN | _CACHE).items():
        for each, usd in prices.items():
            if match := re.fullmatch(rf"{key}_above_(\d{{1,7}})k_tokens", each):
                tiers.setdefault(float(match[1]) * 1000, {})[field] = usd
                read.add(each)
    unread = [key for key in costs if key not in read]
    if unread:
        reader.note(f"{group}: {', '.join(unread)} of {name!r} is not read")
    if figures or tiers:
        reader.config.prices.append(OwnPrice(group, offer, figures, tuple(sorted(tiers.items()))))


def _cost(cost: Any) -> float | None:
    """USD for one token, also as text such as 1e-6, which YAML takes for no number; None if it is none."""
    try:
        number = float(cost) if isinstance(cost, (int, float, str)) and not isinstance(cost, bool) else -1.0
    except (ValueError, OverflowError):
        return None
    return float(f"{number:.12g}") if 0 <= number < _MAX_COST else None


def _read_discounts(listed: Any, reader: ConfigReader) -> None:
    """What providers give off their list prices, as fractions."""
    for name, discount in as_table(listed).items():
        ours = {provider for provider, litellm in LITELLM_PROVIDERS.items() if litellm == name}
        provider = next(iter(ours), PROVIDER_ALIASES.get(name, name))
        number = _cost(discount)
        if number is None or number > 1:
            reader.note(f"cost_discount_config: {name} is no fraction from 0 to 1, not taken")
        elif provider not in reader.endpoints.providers:
            reader.note(f"cost_discount_config: {name} is no provider of the catalogue, not taken")
        elif number:
            reader.config.discounts[provider] = number


def _by_priority(entries: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """A group's deployments by priority: the first are asked, the next only where these fail."""
    orders = sorted({_priority(entry) for entry in entries})
    return [[entry for entry in entries if _priority(entry) == order] for order in orders]


def _priority(entry: dict[str, Any]) -> float:
    """A deployment's priority in its group: the lowest is asked, the next only where it fails."""
    order = _order(entry)
    return float("inf") if order is None else order


def _order(entry: dict[str, Any]) -> int | None:
    order = _as_number(as_table(entry, "litellm_params").get("order"))
    return int(order) if isinstance(order, (int, float)) and order == int(order) else None


def _as_number(stated: Any) -> Any:
    """The number that a text such as "2" says; None for NaN and for yes or no; else what is there."""
    if isinstance(stated, str) and re.fullmatch(r"\d{1,15}(\.\d{1,15})?", stated.strip()):
        return float(stated)
    is_none = isinstance(stated, bool) or (isinstance(stated, float) and not isfinite(stated))
    return None if is_none else stated


def _weight(entry: dict[str, Any], group: list[dict[str, Any]]) -> float:
    """As simple-shuffle has it: the first of weight, rpm and tpm that any deployment gives; else equal."""
    for metric in ("weight", "rpm", "tpm"):
        given = [_as_number(as_table(each, "litellm_params").get(metric)) for each in group]
        if any(isinstance(number, (int, float)) and number > 0 for number in given):
            mine = _as_number(as_table(entry, "litellm_params").get(metric))
            return float(mine) if isinstance(mine, (int, float)) and 0 < mine < _MAX_WEIGHT else 0.0
    return 1.0
