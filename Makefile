# Two commands need nothing but Node.js on a fresh Debian or Ubuntu machine: make demo, make test.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: matrix figures help demo test test-node-versions lint bench fuzz build bundle peers clean

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 22

node_modules/.package-lock.json: package.json package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

build: bundle ## The programs and the library's types, in dist/
	@npx tsc -p tsconfig.types.json

bundle: node_modules/.package-lock.json
	@node tools/build.mjs

demo: bundle ## A failover of the native router, told as a timeline
	@node dist/cli.js demo

peers: ## Install keepalived, frr and tshark where they are missing (as root, Debian and Ubuntu)
	@bash tools/peers.sh

test: bundle peers ## Every test
	npx vitest run

test-node-versions: bundle peers ## Every test on Node.js 22, 24 and 26
	bash tools/node-versions.sh

lint: node_modules/.package-lock.json ## Types, style, and the table of rooms
	npx tsc
	npx tsc -p tsconfig.page.json
	npx biome check --error-on-warnings
	npx depcruise --config .dependency-cruiser.mjs src

bench: bundle peers ## The project's own speed, side by side with its peers (ONLY=start-up chooses)
	@node dist/bench.js $(ONLY)

matrix: bundle peers ## docs/matrix.md: the conformance suite on native, keepalived and frr
	-node dist/cli.js run scenarios/conformance --router native,keepalived,frr --out runs/matrix $(addprefix --expect ,$(wildcard expectations/*.yaml))
	-node dist/cli.js run scenarios/conformance --router native --profile rfc5798 --out runs/matrix-rfc5798
	-node dist/cli.js run $(wildcard scenarios/interop/both-versions-*.yaml) --router native --out runs/matrix-both-versions
	-node dist/cli.js run $(wildcard scenarios/interop/both-versions-*.yaml) --router native --profile rfc5798 --out runs/matrix-both-versions-rfc5798
	node dist/cli.js matrix runs/matrix runs/matrix-rfc5798 runs/matrix-both-versions runs/matrix-both-versions-rfc5798 --markdown >docs/matrix.md

RUNS ?= 30
figures: bundle peers ## The README's failover figures: native, keepalived and frr on this machine (RUNS=30)
	node dist/cli.js failover --router native,keepalived,frr --interval 100ms --fault power-off,killed,frozen,stopped,black-hole --runs $(RUNS) --seed 1 --out runs/figures
	node tools/failover-figures.mjs runs/figures/failover.md

SEED ?= 1
COUNT ?= 1000000
fuzz: bundle ## Judge mutated captures (SEED=1 COUNT=1000000): nothing may throw, hang or grow
	@node --expose-gc dist/fuzz.js --seed $(SEED) --count $(COUNT)

mutants: bundle ## Which misbehaving routers the conformance suite catches (STAGE=lab plays real ones)
	@node dist/cli.js mutants --stage $(or $(STAGE),virtual)

clean: ## Remove what was built
	rm -rf dist node_modules
