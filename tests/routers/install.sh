#!/bin/sh
# install.sh FOLDER: the real routers, each on its own; what cannot be had is left out, its log says why.
# The three that issue a label's request come first, should the time run out.
mkdir -p "$1" && cd "$1" || exit 1

# one NAME COMMAND: in a folder of its own, begun anew unless an earlier run has finished it.
one() {
    [ -e "$1/.ready" ] && return
    rm -rf "$1" && mkdir "$1"
    (cd "$1" && set -e && "$2") > "$1.log" 2>&1 && touch "$1/.ready" ||
        echo "no $1 here: $(tail -n 1 "$1.log") (more in $PWD/$1.log)"
}
add() { npm install --no-audit --no-fund --prefix . "$@"; }

litellm() {
    ${PYTHON:-python3} -m venv . && bin/pip install -q --disable-pip-version-check 'litellm[proxy]==1.106.2'
}
ccr2() { add @musistudio/claude-code-router@2.0.0; }
# By name version 3 cannot be installed (two of its dependencies are not published); unpacked it runs with
# these beside it.
# Node's own headers where they are installed beside it: else node-gyp asks for them on a host that is no registry.
node_home=$(dirname "$(dirname "$(command -v node || echo /usr/bin/node)")")
headers=
if [ -f "$node_home/include/node/node.h" ]; then headers="--nodedir=$node_home"; fi
ccr3() {
    npm pack --silent @musistudio/claude-code-router@3.1.1 &&
        tar xzf musistudio-claude-code-router-3.1.1.tgz &&
        add --ignore-scripts better-sqlite3@12 node-forge@1 undici@7 &&
        cd node_modules/better-sqlite3 && npx --yes node-gyp rebuild --release $headers
}
claude() { add @anthropic-ai/claude-code@2; }
extra() { add @portkey-ai/gateway@1 opencode-ai@1; }

for name in litellm ccr2 ccr3 claude extra; do one $name $name; done
exit 0
