"""What is damaged: a small file of every kind that modelpick reads, whole and right before."""

from __future__ import annotations

from datetime import date
from typing import Any

CATALOG: dict[str, Any] = {
    "schema": 1,
    "as_of": date(2026, 11, 23),
    "sources": {"paper": {"title": "A paper", "url": "https://example.org", "licence": "MIT"}},
    "benchmarks": {"code": {"title": "Code test", "skill": "coding", "weight": 1.0, "floor": 0.0}},
    "providers": {
        "openai": {
            "name": "OpenAI",
            "api": "openai",
            "base_url": "https://api.openai.com/v1",
            "trains_on_data": False,
            "regions": ["us"],
        },
        "openrouter": {"name": "OpenRouter", "base_url": "https://openrouter.ai/api/v1", "fee": 0.055},
        "own": {"name": "Own machines", "base_url": "http://localhost:8000/v1"},
    },
    "models": {
        "gpt-5": {
            "context": 400_000,
            "max_output": 128_000,
            "features": ["tools", "reasoning"],
            "skills": {"coding": 80.0, "reasoning": 85.0},
            "scores": [{"benchmark": "code", "value": 87.2, "source": "paper"}],
        },
        "gpt-5-mini": {
            "context": 400_000,
            "features": ["tools"],
            "verbosity": 1.2,
            "fitted": {"coding": {"value": 61.0, "low": 54.0, "high": 67.0, "kind": "estimated"}},
            "skills": {"reasoning": 60.0},
        },
        "qwen3-32b": {"context": 40_000, "open_weights": True, "skills": {"coding": 50.0, "reasoning": 45.0}},
    },
    "offers": {
        "openai/gpt-5": {
            "id": "gpt-5",
            "input": 1.25,
            "output": 10.0,
            "cache_read": 0.125,
            "tiers": [{"above": 200_000, "input": 2.5, "output": 15.0}],
            "batch_discount": 0.5,
            "ttft": 2.0,
            "tps": 60.0,
            "spread": 2.0,
            "rpm": 500,
            "tpm": 450_000,
            "retires": date(2027, 6, 1),
        },
        "openai/gpt-5-mini": {
            "id": "gpt-5-mini",
            "input": 0.25,
            "output": 2.0,
            "cache_write": 0.3,
            "ttft": 1.0,
            "tps": 90.0,
        },
        "openrouter/gpt-5": {
            "id": "openai/gpt-5",
            "input": 1.25,
            "output": 10.0,
            "per_request": 0.001,
            "ttft": 2.5,
            "tps": 50.0,
        },
        "own/qwen3-32b": {
            "id": "Qwen/Qwen3-32B",
            "input": 0.0,
            "output": 0.0,
            "ttft": 0.5,
            "tps": 40.0,
            "hosting": {"usd_per_hour": 2.5, "rpm": 60, "tpm": 90_000},
        },
    },
    "plans": {
        "openai-plus": {
            "name": "OpenAI Plus",
            "provider": "openai",
            "usd_per_month": 20.0,
            "models": ["gpt-5-mini"],
            "allowance": {"requests": 1_000.0},
            "max_units": 1,
            "source": "paper",
            "as_of": date(2026, 11, 20),
        },
    },
}

ROUTING: dict[str, Any] = {
    "schema": 1,
    "objective": "cost",
    "limits": {
        "budget": 500.0,
        "max_models": 3,
        "max_providers": 3,
        "max_provider_share": 0.9,
        "providers": ["openai", "openrouter", "own"],
        "plans": ["openai-plus"],
        "growth": 1.0,
        "peak": 4.0,
    },
    "labels": {
        "default": {
            "requests": 4_000,
            "input_tokens": 20_000,
            "input_tokens_p95": 30_000,
            "output_tokens": 500,
            "cached": 0.8,
            "cache_writes": 0.05,
            "context": 35_000,
            "skills": {"coding": 0.6, "reasoning": 0.4},
            "min_quality": 58.0,
            "min_quality_each": 40.0,
            "max_latency": 60.0,
            "percentile": 95.0,
            "features": ["tools"],
            "max_models": 2,
            "min_share": 0.1,
            "routes": [{"offer": "openai/gpt-5-mini", "share": 1.0}],
            "fallbacks": ["openrouter/gpt-5"],
        },
        "think": {
            "requests": 600,
            "input_tokens": 9_000,
            "output_tokens": 2_000,
            "skills": {"reasoning": 1.0},
            "min_quality": 70.0,
            "min_providers": 2,
            "weight": 2.0,
            "deny": ["own/qwen3-32b"],
            "routes": [
                {"offer": "openai/gpt-5", "share": 0.9},
                {"offer": "openrouter/gpt-5", "share": 0.1},
            ],
        },
        "background": {
            "requests": 3_000,
            "input_tokens": 2_000,
            "output_tokens": 100,
            "batch": True,
            "pin": {"openai/gpt-5-mini": 0.3},
            "routes": [
                {"offer": "openai/gpt-5-mini", "share": 0.3},
                {"offer": "own/qwen3-32b", "share": 0.7},
            ],
        },
    },
}

LITELLM_CONFIG: dict[str, Any] = {
    "model_list": [
        {
            "model_name": "default",
            "litellm_params": {
                "model": "openai/gpt-5",
                "api_key": "os.environ/OPENAI_API_KEY",
                "weight": 70,
                "rpm": 500,
            },
            "model_info": {"input_cost_per_token": 1.25e-06, "base_model": "gpt-5"},
        },
        {"model_name": "default", "litellm_params": {"model": "openrouter/openai/gpt-5", "weight": 30}},
        {"model_name": "background", "litellm_params": {"model": "gpt-5-mini-2025-08-07", "order": 1}},
        {"model_name": "local", "litellm_params": {"model": "ollama/llama3", "timeout": 30}},
    ],
    "litellm_settings": {"fallbacks": [{"default": ["background"]}], "cost_discount_config": {"openai": 0.1}},
    "router_settings": {
        "routing_strategy": "simple-shuffle",
        "model_group_alias": {"claude-opus-5": "default"},
    },
}

CCR_CONFIG: dict[str, Any] = {
    "LOG": True,
    "Providers": [
        {
            "name": "openrouter",
            "api_base_url": "https://openrouter.ai/api/v1/chat/completions",
            "api_key": "$KEY",
            "models": ["openai/gpt-5", "openai/gpt-5-mini:free"],
            "transformer": {"use": ["openrouter", ["maxtoken", {"max_tokens": 65536}]]},
        },
        {"name": "reseller", "api_base_url": "https://example.org/v1", "api_key": "k", "models": ["glm-9"]},
    ],
    "Router": {
        "default": "openrouter,openai/gpt-5",
        "background": "openrouter,openai/gpt-5-mini:free",
        "think": "reseller,glm-9",
        "image": "",
        "longContextThreshold": 60_000,
    },
}

OPENCODE_CONFIG: dict[str, Any] = {
    "$schema": "https://opencode.ai/config.json",
    "model": "openai/gpt-5",
    "small_model": "openai/gpt-5-mini",
    "provider": {"openai": {"options": {"apiKey": "{env:OPENAI}"}, "models": {"gpt-5": {"limit": {}}}}},
    "agent": {"build": {"model": "openrouter/openai/gpt-5"}, "explore": {"model": "x/y"}},
}

AIDER_CONFIG: dict[str, Any] = {
    "model": "openai/gpt-5",
    "weak-model": "openai/gpt-5-mini",
    "editor-model": "openrouter/openai/gpt-5",
}

SPEND_LOG: list[dict[str, Any]] = [
    {
        "request_id": f"r{day}",
        "call_type": "acompletion",
        "spend": 0.02,
        "prompt_tokens": 5_000,
        "completion_tokens": 467,
        "startTime": f"2026-11-{day:02} 10:00:00",
        "model": "gpt-5",
        "model_group": "default",
        "custom_llm_provider": "openai",
        "status": "success",
        "cache_hit": "False",
        "metadata": "{}",
    }
    for day in range(1, 6)
]

CLAUDE_CODE_LOG: list[dict[str, Any]] = [
    {
        "type": "assistant",
        "timestamp": f"2026-11-0{day}T10:00:00Z",
        "uuid": f"u{day}",
        "requestId": f"q{day}",
        "isSidechain": day == 3,
        "message": {
            "id": f"m{day}",
            "model": "claude-sonnet-4-5-20250929",
            "role": "assistant",
            "usage": {
                "input_tokens": 10,
                "cache_read_input_tokens": 30_000,
                "cache_creation_input_tokens": 10_000,
                "output_tokens": 500,
                "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 10_000},
                "server_tool_use": {"web_search_requests": 1},
                "service_tier": "standard",
            },
        },
    }
    for day in range(1, 5)
]

OPENAI_USAGE: dict[str, Any] = {
    "object": "page",
    "has_more": False,
    "data": [
        {
            "object": "bucket",
            "start_time": 1_790_000_000 + 86_400 * day,
            "end_time": 1_790_000_000 + 86_400 * (day + 1),
            "results": [
                {
                    "object": "organization.usage.completions.result",
                    "input_tokens": 500_000,
                    "input_cached_tokens": 100_000,
                    "output_tokens": 20_000,
                    "num_model_requests": 50,
                    "model": "gpt-5-mini-2025-08-07",
                    "batch": False,
                }
            ]
            * (day != 1),
        }
        for day in range(3)
    ],
}

ANTHROPIC_USAGE: dict[str, Any] = {
    "data": [
        {
            "starting_at": "2026-10-01T00:00:00Z",
            "ending_at": "2026-10-02T00:00:00Z",
            "results": [
                {
                    "uncached_input_tokens": 120_000,
                    "cache_creation": {
                        "ephemeral_1h_input_tokens": 20_000,
                        "ephemeral_5m_input_tokens": 300_000,
                    },
                    "cache_read_input_tokens": 4_000_000,
                    "output_tokens": 90_000,
                    "server_tool_use": {"web_search_requests": 3},
                    "model": "claude-sonnet-4-6",
                    "service_tier": "standard",
                }
            ],
        }
    ],
    "has_more": False,
    "next_page": None,
}

OPENROUTER_ACTIVITY: list[dict[str, Any]] = [
    {
        "generation_id": f"gen-{day}",
        "created_at": f"2026-11-0{day} 10:00:00",
        "cost_total": 0.02,
        "tokens_prompt": 10_000,
        "tokens_completion": 500,
        "tokens_reasoning": 0,
        "tokens_cached": 8_000,
        "model_permaslug": "openai/gpt-5",
        "provider_name": "OpenAI",
        "cancelled": "false",
    }
    for day in range(1, 5)
]

CODEX_SESSION: list[dict[str, Any]] = [
    {
        "timestamp": f"2026-11-01T08:00:{second:02}Z",
        "type": kind,
        "payload": payload,
    }
    for second, (kind, payload) in enumerate(
        [
            ("session_meta", {"id": "s", "model_provider": "openai", "forked_from_id": None}),
            ("turn_context", {"model": "gpt-5.3-codex", "effort": "high"}),
            *(
                (
                    "event_msg",
                    {
                        "type": "token_count",
                        "info": {
                            "total_token_usage": {"input_tokens": 1_000 * nth, "output_tokens": 90 * nth},
                            "last_token_usage": {
                                "input_tokens": 1_000,
                                "cached_input_tokens": 800,
                                "output_tokens": 90,
                            },
                        },
                    },
                )
                for nth in (1, 2, 3)
            ),
        ]
    )
]

OPENCODE_MESSAGES: list[dict[str, Any]] = [
    {
        "id": f"m{nth}",
        "role": "assistant",
        "modelID": "gpt-5",
        "providerID": "openai",
        "agent": "build",
        "cost": 0.01,
        "time": {"created": 1_793_491_200_000 + nth, "completed": 1_793_491_209_000 + nth},
        "tokens": {"input": 100, "output": 10, "reasoning": 5, "cache": {"read": 900, "write": 50}},
    }
    for nth in range(3)
]

GEMINI_SESSION: dict[str, Any] = {
    "sessionId": "s",
    "projectHash": "h",
    "messages": [
        {
            "id": f"g{nth}",
            "type": "gemini",
            "model": "gemini-2.5-pro",
            "timestamp": f"2026-11-0{nth}T08:00:00Z",
            "tokens": {"input": 1_000, "output": 50, "cached": 600, "thoughts": 30, "tool": 20},
        }
        for nth in (1, 2, 3)
    ],
}

SPANS: list[dict[str, Any]] = [
    {
        "resourceSpans": [
            {
                "scopeSpans": [
                    {
                        "spans": [
                            {
                                "traceId": "t",
                                "spanId": f"s{nth}",
                                "parentSpanId": "s0",
                                "name": "chat gpt-5",
                                "startTimeUnixNano": str((1_793_491_200 + nth) * 10**9),
                                "endTimeUnixNano": str((1_793_491_203 + nth) * 10**9),
                                "attributes": [
                                    {"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}},
                                    {"key": "gen_ai.provider.name", "value": {"stringValue": "openai"}},
                                    {"key": "gen_ai.response.model", "value": {"stringValue": "gpt-5"}},
                                    {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "1200"}},
                                    {"key": "gen_ai.usage.output_tokens", "value": {"intValue": 80}},
                                ],
                            }
                        ]
                    }
                ]
            }
        ]
    }
    for nth in (1, 2, 3)
]

LANGFUSE_OBSERVATIONS: dict[str, Any] = {
    "data": [
        {
            "id": f"o{nth}",
            "type": "GENERATION",
            "model": "gpt-5",
            "startTime": f"2026-11-0{nth}T08:00:00.000Z",
            "endTime": f"2026-11-0{nth}T08:00:04.000Z",
            "usageDetails": {"input": 200, "input_cached_tokens": 800, "output": 60, "total": 1_060},
            "costDetails": {"total": 0.002},
            "level": "DEFAULT",
        }
        for nth in (1, 2, 3)
    ]
}

HELICONE_REQUESTS: list[dict[str, Any]] = [
    {
        "request_id": f"r{nth}",
        "request_created_at": f"2026-11-0{nth}T08:00:00",
        "model": "gpt-5",
        "provider": "OPENAI",
        "status": 200,
        "prompt_tokens": 1_200,
        "completion_tokens": 80,
        "prompt_cache_read_tokens": 400,
        "latency": 3_000,
        "costUSD": 0.01,
    }
    for nth in (1, 2, 3)
]

LITELLM_PRICES: dict[str, Any] = {
    "gpt-5": {
        "litellm_provider": "openai",
        "mode": "chat",
        "input_cost_per_token": 1.25e-06,
        "output_cost_per_token": 1e-05,
        "cache_read_input_token_cost": 1.25e-07,
        "input_cost_per_token_above_200k_tokens": 2.5e-06,
        "output_cost_per_token_above_200k_tokens": 1.5e-05,
        "input_cost_per_token_batches": 6.25e-07,
        "max_input_tokens": 272_000,
        "max_output_tokens": 128_000,
        "supports_function_calling": True,
        "deprecation_date": "2027-06-01",
    },
    "openrouter/openai/gpt-5": {
        "litellm_provider": "openrouter",
        "mode": "chat",
        "input_cost_per_token": 1.25e-06,
        "output_cost_per_token": 1e-05,
        "off_peak_pricing": {"input_cost_per_token": 6e-07, "hours": "16:30-00:30"},
    },
    "gpt-9-new": {
        "litellm_provider": "openai",
        "mode": "chat",
        "input_cost_per_token": 2e-06,
        "output_cost_per_token": 9e-06,
        "max_input_tokens": 1_000_000,
    },
}

OPENROUTER_ENDPOINTS: dict[str, Any] = {
    "data": {
        "id": "openai/gpt-5",
        "name": "openai/gpt-5",
        "endpoints": [
            {
                "name": "OpenAI",
                "provider_name": "OpenAI",
                "tag": tag,
                "quantization": "unknown",
                "context_length": 400_000,
                "latency_last_30m": 3_000,
                "throughput_last_30m": 60,
                "pricing": {"prompt": price, "completion": "0.00001", "input_cache_read": "0.0000001"},
            }
            for tag, price in (("openai/flex", "0.000000625"), ("openai", "0.00000125"))
        ],
    }
}

MODELS_DEV: dict[str, Any] = {
    "openai": {
        "id": "openai",
        "models": {
            "gpt-5": {
                "id": "gpt-5",
                "cost": {
                    "input": 1.25,
                    "output": 10,
                    "cache_read": 0.125,
                    "tiers": [{"input": 2.5, "output": 15, "tier": {"type": "context", "size": 272_000}}],
                },
                "limit": {"context": 400_000, "output": 128_000},
                "tool_call": True,
                "last_updated": "2026-10-01",
            }
        },
    }
}

GENAI_PRICES: list[dict[str, Any]] = [
    {
        "id": "openai",
        "name": "OpenAI",
        "api_pattern": "https://api.openai.com",
        "models": [
            {
                "id": "gpt-5",
                "match": {"equals": "gpt-5"},
                "context_window": 400_000,
                "prices": {"input_mtok": 1.25, "cache_read_mtok": 0.125, "output_mtok": 10},
            }
        ],
    }
]

SCORES: dict[str, Any] = {
    "results": {"results": [{"provider": {"id": "openai:gpt-5"}, "success": True, "score": 1.0}]},
    "evalId": "e",
}

SCENARIOS: dict[str, Any] = {
    "busy": {"requests.all": 10},
    "dear": {"prices.openai": 2.0, "out": "openrouter"},
}
