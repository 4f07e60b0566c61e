"""A catalogue whose models have reasoning levels, written out: each level a model and an offer of its own."""

from __future__ import annotations

from .formulas import Json

LEVEL_FACTS = ("verbosity", "skills", "fitted")


def spelled_out(catalog: Json) -> Json:
    """The catalogue with `model@level` beside every model that has levels, and `provider/model@level`.

    The plain keys stand for the default level. Each level says what it is a level of: `base`.
    """
    models: Json = {}
    for name, facts in catalog["models"].items():
        plain = {key: value for key, value in facts.items() if key not in ("efforts", "default_effort")}
        efforts, default = facts.get("efforts", {}), facts.get("default_effort")
        if not efforts:
            models[name] = plain | {"base": name, "level": None}
            continue
        for level, own in efforts.items():
            key = name if level == default else f"{name}@{level}"
            others = () if level == default else ("skills", "fitted")  # evidence belongs to a level
            known = {k: v for k, v in plain.items() if k not in others}
            known["scores"] = [
                score for score in plain.get("scores", []) if score.get("effort", default) == level
            ]
            models[key] = known | {k: v for k, v in own.items() if k in LEVEL_FACTS}
            models[key] |= {"base": name, "level": level}
    offers: Json = {}
    for name, facts in catalog["offers"].items():
        provider, model = name.split("/", 1)
        if model in catalog["models"]:
            for key, level in models.items():
                if level["base"] == model:
                    offers[f"{provider}/{key}"] = facts | {"base": name}
    for name, facts in catalog["offers"].items():
        provider, model = name.split("/", 1)
        base, at, level = model.rpartition("@")
        if at and model not in catalog["models"]:
            default = catalog["models"][base]["default_effort"]
            key = f"{provider}/{base}" if level == default else name
            offers[key] = offers.get(key, {}) | facts | {"base": f"{provider}/{base}"}
    return catalog | {"models": models, "offers": offers}


def full_name(catalog: Json, model: str) -> str:
    """`model@level` of a key of the catalogue written out; the plain name where there are no levels."""
    facts = catalog["models"][model]
    return f"{facts['base']}@{facts['level']}" if facts.get("level") else model


def covers(catalog: Json, listed: list[str], model: str) -> bool:
    """Whether a list of models names this one: without a level all of its levels, else that level."""
    facts = catalog["models"][model]
    return facts.get("base", model) in listed or full_name(catalog, model) in listed


def covers_offer(catalog: Json, listed: list[str], offer: str) -> bool:
    """The same for a list of offers."""
    provider, model = offer.split("/", 1)
    return covers(
        catalog, [name.split("/", 1)[1] for name in listed if name.split("/", 1)[0] == provider], model
    )


def key_of(catalog: Json, name: str) -> str:
    """A model or offer as pins and references name it, as a key of the catalogue written out."""
    head, at, level = name.rpartition("@")
    model = head.rpartition("/")[2]
    if at and model in catalog["models"] and catalog["models"][model].get("level") == level:
        return head
    return name
