"""What a source says of one model at one provider, in the catalogue's units but under the source's names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...domain.errors import InputError

MILLION = 1_000_000


@dataclass(frozen=True)
class Quote:
    """`facts` are an offer's fields: USD per million tokens, tokens, fractions; what is unknown is absent."""

    provider: str
    name: str
    facts: dict[str, Any] = field(default_factory=dict)
    features: frozenset[str] = frozenset()


def per_million(per_token: Any) -> float:
    """USD per million tokens from USD per token, without the noise of binary fractions."""
    return float(f"{float(per_token) * MILLION:.9g}")


def table_of(value: Any, where: str) -> Mapping[str, Any]:
    """The value if it is a table. Raises InputError naming `where`."""
    if not isinstance(value, Mapping):
        raise InputError(f"should be an object, not {type(value).__name__}", where=where)
    return value


def parsed(text: str, where: str) -> Any:
    """JSON. Raises InputError with line and column."""
    import json

    try:
        return json.loads(text)
    except ValueError as error:
        raise InputError(f"not valid JSON: {error}", where=where) from None
    except RecursionError:
        raise InputError("nested too deeply", where=where) from None
