#!/bin/sh
# install.sh FOLDER: the real routers, each on its own; what cannot be had is left out, its log says why.
folder=$1
mkdir -p "$folder" && cd "$folder" || exit 1

[ -x litellm/bin/litellm ] || {
    ${PYTHON:-python3} -m venv litellm && litellm/bin/pip install -q 'litellm[proxy]==1.106.2'
} > litellm.log 2>&1 || echo "no LiteLLM, see $folder/litellm.log"

[ -d ccr2/node_modules/@musistudio ] || {
    npm install --prefix ccr2 --no-audit --no-fund @musistudio/claude-code-router@2.0.0
} > ccr2.log 2>&1 || echo "no claude-code-router 2, see $folder/ccr2.log"

[ -x claude/node_modules/.bin/claude ] || {
    npm install --prefix claude --no-audit --no-fund @anthropic-ai/claude-code@2
} > claude.log 2>&1 || echo "no Claude Code, see $folder/claude.log"

[ -x extra/node_modules/.bin/opencode ] || {
    npm install --prefix extra --no-audit --no-fund @portkey-ai/gateway@1 opencode-ai@1
} > extra.log 2>&1 || echo "no Portkey and opencode, see $folder/extra.log"

# By name version 3 cannot be installed (two of its dependencies are not published); unpacked it runs with
# these beside it.
[ -f ccr3/node_modules/better-sqlite3/build/Release/better_sqlite3.node ] || {
    mkdir -p ccr3 && cd ccr3 && npm pack --silent @musistudio/claude-code-router@3.1.1 &&
        tar xzf musistudio-claude-code-router-3.1.1.tgz &&
        npm install --no-audit --no-fund --ignore-scripts better-sqlite3@12 node-forge@1 undici@7 &&
        cd node_modules/better-sqlite3 && npx --yes node-gyp rebuild --release
} > ccr3.log 2>&1 || echo "no claude-code-router 3, see $folder/ccr3.log"
exit 0
