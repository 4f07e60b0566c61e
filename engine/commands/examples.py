"""Examples of every command, as --help and the documentation show them; a test runs each.

Command -> (line, what it does). The files they name are those of the documentation's folder.
"""

from __future__ import annotations

EXAMPLES: dict[str, tuple[tuple[str, str], ...]] = {
    "init": (
        ("modelpick init", "asks what your router is, how much it carries and what must hold"),
        (
            "modelpick init team.toml --labels chat,triage --requests 50k --min-quality 70 --yes",
            "asks nothing",
        ),
    ),
    "solve": (
        ("modelpick solve routing.toml -o routed.toml", "prints the plan, saves the routes"),
        ("modelpick solve routing.toml --set labels.think.min_quality=70", "what if?"),
        ("modelpick solve routing.toml --set limits.regions=eu --set limits.budget=500", "what if, twice"),
        ("cat routing.toml | modelpick solve - --json", "from standard input, for a program"),
    ),
    "explain": (
        ("modelpick explain routing.toml", "what each rule costs; what clashes, and the repairs"),
        ("modelpick explain --why-not openai/gpt-5.6-terra --label think", "what keeps it out"),
        ("modelpick explain --missing", "offers left out only because a figure is unknown"),
        ("modelpick explain --evidence", "what the plan rests on, and which test is worth most"),
    ),
    "frontier": (
        ("modelpick frontier routing.toml --plot", "the curve drawn in the terminal"),
        ("modelpick frontier --label think", "one label's quality, the others as they are"),
    ),
    "baselines": (
        ("modelpick baselines routing.toml", "against one model for all, the cheapest, the best"),
        ("modelpick baselines --against config.yaml", "against what LiteLLM runs now"),
    ),
    "scenarios": (
        ("modelpick scenarios routing.toml", "every part"),
        ("modelpick scenarios --outage --expiring --days 90", "these parts alone"),
        (
            "modelpick scenarios --self-hosting --host qwen3-32b:usd_per_hour=2.5,rpm=60,tpm=90k",
            "rent or call?",
        ),
    ),
    "robust": (
        ("modelpick robust routing.toml", "what safety costs, and the plan's chances"),
        ("modelpick robust -k 2 --price 50 --samples 1000", "prices may rise by half, two at a time"),
    ),
    "sweep": (
        ("modelpick sweep --vary limits.growth=1,10,100 -o growth.csv", "three plans, a line each"),
        (
            "modelpick sweep -v prices.openai=0.5,1 -v limits.growth=1,10 -o grid.csv --plot grid.svg",
            "crossed, and drawn",
        ),
    ),
    "compare": (
        ("modelpick compare gpt-5.6-terra claude-sonnet-4-6", "prices, skills, speeds, a month's budget"),
        ("modelpick compare openrouter/glm-5.2 --input-tokens 20M --output-tokens 500k", "another month"),
    ),
    "report": (
        ("modelpick report routing.toml -o report.html", "one page with charts to send round"),
        (
            "modelpick report routing.toml --lang ja --input-tokens 10M --currency JPY=156.5",
            "in Japanese, for a month of so many tokens, in yen too",
        ),
    ),
    "catalog list": (
        ("modelpick catalog list qwen 32b", "the offers whose names have all these words"),
        ("modelpick catalog list gpt-5 @high", "those at a reasoning level"),
    ),
    "catalog show": (
        ("modelpick catalog show claude-sonnet-4-6", "every figure, from where and how old, and its offers"),
        ("modelpick catalog show anthropic/claude-sonnet-4-6", "every figure of one offer"),
        ("modelpick catalog show openrouter", "a provider"),
    ),
    "catalog check": (("modelpick catalog check", "units, outliers, sources that disagree"),),
    "catalog match": (("modelpick catalog match Claude-Opus-4.8 gpt5.6", "what model a name means"),),
    "catalog refresh": (
        ("modelpick catalog refresh --dry-run", "what newer prices would change"),
        (
            "modelpick catalog refresh routing.toml",
            "writes them to your overlay, says what it means to a routing",
        ),
    ),
    "probe": (("modelpick probe openrouter/glm-5.2 --dry-run", "what would be sent, and its cost at most"),),
    "schema": (
        ("modelpick schema routing -o routing.schema.json", "for editors"),
        ("modelpick schema solve", "the shape of solve --json"),
    ),
    "export": (
        ("modelpick export litellm routed.toml -o config.yaml", "merged into what is there"),
        ("modelpick export claude-code-router routed.toml -o ccr.json --dry-run", "only shows the change"),
    ),
    "import config": (
        ("modelpick import config config.yaml -o current.toml", "what the router runs now"),
        ("modelpick import config config.yaml --requests 40k --requests chat=30k", "with its volume"),
    ),
    "import usage": (
        ("modelpick import usage ~/.claude/projects -o now.toml", "last month's work and its routes"),
        ("modelpick import usage spend.jsonl --as openai/gpt-5.6-terra", "unknown models counted as that"),
    ),
    "import evals": (
        ("modelpick import evals results.csv --label-by topic -o own.toml", "your tests as measured quality"),
    ),
    "import scores": (
        (
            "modelpick import scores results.json --format lm-eval --skill coding --dry-run",
            "benchmark scores",
        ),
    ),
    "diff": (
        ("modelpick diff now.toml best.toml", "routes, money, quality, latency at one workload"),
        (
            "modelpick diff main.toml branch.toml --max-increase 5% --format github",
            "a comment for a pull request",
        ),
    ),
    "spent": (
        ("modelpick spent ~/.claude/projects --plan routed.toml", "this month against the plan"),
        ("modelpick spent spend.csv --plan routed.toml --focus nov.csv", "its days, for finance"),
    ),
    "check": (
        ("modelpick check routed.toml --retiring 30", "do its routes keep its rules today?"),
        (
            "modelpick check routed.toml --max-cost 500 --format github >> summary.md",
            "in CI: $GITHUB_STEP_SUMMARY is that file",
        ),
    ),
    "watch": (
        ("modelpick watch routed.toml", "new prices: is another plan better, what retires?"),
        ("modelpick watch routed.toml --from none --plan all", "which subscriptions pay, at today's prices"),
    ),
    "eval": (
        (
            "modelpick eval routing.toml prompts.jsonl --label think --dry-run",
            "what would be asked, and cost",
        ),
        (
            "modelpick eval routing.toml prompts.jsonl --label think --max-usd 2 -o own.toml",
            "asks until the plan would no longer change",
        ),
    ),
    "mcp": (("modelpick mcp --write", "for a coding agent, which starts it; SKILL.md says when to ask"),),
    "completion": (
        ("modelpick completion bash > ~/.local/share/bash-completion/completions/modelpick", "bash"),
        ("modelpick completion zsh > ~/.zfunc/_modelpick", "zsh, with that folder in fpath"),
    ),
    "serve": (("modelpick serve routing.toml --port 8080", "the app at the address it prints"),),
    "keys": (("modelpick keys", "what can stand in the [keys] table"),),
}
