# `make run` starts Rapport, `make test` checks it. Both install what is missing; a second call finds it there.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

PYTHON ?= python3
BIN := .venv/bin
LOG := build/setup.log
# Words for pytest, for example: make test PYTEST_ARGS="-k ledger"
PYTEST_ARGS ?= -n auto
DEEP_ARGS ?= -n 2 tests/upkeep

PDF_PACKAGES := libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-inter fonts-noto-core fonts-droid-fallback fonts-nanum
BROWSER_PACKAGES := chromium poppler-utils
# Second opinions: another calendar reader and another maker of signatures.
READER_PACKAGES := python3-gi gir1.2-ical-3.0 openssl
SERVER_PACKAGES := postgresql
PROXY_PACKAGES := caddy

# Without Pango there are no PDFs and everything else works. Looked up when used, because a step before may install it.
PDF = $(or $(RAPPORT_PDF),$(shell $(PYTHON) -c 'from ctypes.util import find_library; print("on" if find_library("pangoft2-1.0") else "off")'))
CHROMIUM = $(shell command -v chromium chromium-browser google-chrome | head -n 1)
CADDY = $(shell command -v caddy)
POSTGRESQL = $(or $(TEST_DATABASE_URL),$(wildcard /usr/lib/postgresql/*/bin/initdb))

.PHONY: help run test check-deep lint format assets words lock sbom clean system system-test

help:
	@echo "make run      install what is missing, load the demo, start; prints the address and the sign-ins"
	@echo "make test     lint, types, architecture, then all tests on SQLite and on PostgreSQL"
	@echo "make check-deep  what takes longer: processes killed at random, PostgreSQL stopped and started (both databases)"
	@echo "make lint     the checks that need no database"
	@echo "make format   put the code into shape"
	@echo "make assets   style sheets, scripts and icons, hashed and compressed; catalogues, compiled"
	@echo "make words    put new sentences for outsiders into the catalogues of each language"
	@echo "make lock     choose new versions within pyproject.toml and lock them"
	@echo "make sbom     list what a server installs (CycloneDX) in build/sbom.json"
	@echo "make clean    remove everything make has made, except the data in instance/"

run: system .venv/run build/assets/manifest.json
	@echo "· database"
	@$(BIN)/rapport init
	@echo "· demo"
	@RAPPORT_PDF=$(PDF) $(BIN)/rapport demo --if-empty
	@[ "$(PDF)" = on ] || echo "! PDF is switched off: the Pango library is missing, or RAPPORT_PDF=off"
	@RAPPORT_PDF=$(PDF) exec $(BIN)/rapport serve

# SQLite first because it needs nothing; the last line is pytest's own.
test: lint system-test build/assets/manifest.json build/ical.js
	@[ "$(PDF)" = on ] || $(call skip,PDF tests: the Pango library is missing or RAPPORT_PDF=off)
	@[ -n "$(CHROMIUM)" ] || $(call skip,browser tests: Chromium is missing)
	@[ -n "$(CADDY)" ] || $(call skip,tests of the proxy: Caddy is missing)
	@[ -n "$(POSTGRESQL)" ] || $(call skip,tests on PostgreSQL: no server is installed and TEST_DATABASE_URL is not set)
	@echo "· tests on SQLite"
	@RAPPORT_PDF=$(PDF) env -u TEST_DATABASE_URL -u RAPPORT_TEST_ENGINE $(BIN)/pytest $(PYTEST_ARGS)
	@[ -z "$(POSTGRESQL)" ] || echo "· tests on PostgreSQL"
	@[ -z "$(POSTGRESQL)" ] || RAPPORT_PDF=$(PDF) RAPPORT_TEST_ENGINE=postgresql $(BIN)/pytest $(PYTEST_ARGS)

# Faults that take their time. Two at once at most: each test starts servers and workers of its own.
check-deep: .venv/test system-test build/assets/manifest.json
	@[ -n "$(POSTGRESQL)" ] || $(call skip,faults of PostgreSQL: no server is installed and TEST_DATABASE_URL is not set)
	@echo "· deep tests on SQLite"
	@RAPPORT_PDF=$(PDF) env -u TEST_DATABASE_URL -u RAPPORT_TEST_ENGINE $(BIN)/pytest -m deep $(DEEP_ARGS)
	@[ -z "$(POSTGRESQL)" ] || echo "· deep tests on PostgreSQL"
	@[ -z "$(POSTGRESQL)" ] || RAPPORT_PDF=$(PDF) RAPPORT_TEST_ENGINE=postgresql $(BIN)/pytest -m deep $(DEEP_ARGS)

# A reader of calendars to compare with, checked by its SHA-512; it is asked in Chromium and is no part of Rapport.
build/ical.js: tests/fetch_ical_js.py
	@echo "· ical.js, for the tests"
	@$(PYTHON) -P tests/fetch_ical_js.py $@ || $(call skip,comparisons with ical.js: it could not be fetched)

lint: .venv/test
	@echo "· code style"
	@$(BIN)/ruff check -q --output-format concise
	@$(BIN)/ruff format --check >build/format.log || { cat build/format.log; exit 1; }
	@echo "· floors"
	@$(BIN)/lint-imports >build/floors.log || { cat build/floors.log; exit 1; }
	@echo "· types"
	@$(BIN)/mypy --no-error-summary

format: .venv/test
	@$(BIN)/ruff check -q --fix
	@$(BIN)/ruff format -q

assets: build/assets/manifest.json

# Icons are named in templates and in the code, so both count as sources; the second call does nothing.
build/assets/manifest.json: .venv/run $(shell find app static templates -type f -not -name '*.pyc' 2>/dev/null)
	@echo "· style sheets, scripts, icons, catalogues"
	@$(BIN)/python -P app/core/catalogues.py
	@$(BIN)/python -P app/core/assets.py >>$(LOG)

# The catalogues are compiled at each start when they have changed; this only finds what is to be translated.
words: .venv/run
	@$(BIN)/pybabel -q extract -F pyproject.toml -k _l -k marked -k plural:1,2 -k lazy_pgettext:1c,2 --add-location=file --project=Rapport --version=1 \
    --msgid-bugs-address=none -o build/words.pot .
	@$(BIN)/pybabel -q update -i build/words.pot -d app/translations -w 110 --no-fuzzy-matching --ignore-obsolete
	@echo "· app/translations: translate what is empty there"

# ---- Python packages: exactly the locked files, checked by hash ----

.venv/bin/uv: requirements/run.txt
	@mkdir -p build
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Rapport needs Python 3.11 or newer; say which with: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { $(call install,python3-venv,nothing can start without it); }
	@echo "· Python environment"
	@[ -x $(BIN)/pip ] || $(PYTHON) -m venv .venv >>$(LOG)
	@sed -n '/^uv==/,/[^\\]$$/p' requirements/run.txt >build/uv.txt
	@$(BIN)/pip install -qq --disable-pip-version-check --require-hashes -r build/uv.txt >>$(LOG)
	@touch $@

.venv/run: .venv/bin/uv requirements/run.txt pyproject.toml
	@echo "· packages"
	@$(call sync,run)
	@$(BIN)/uv pip install -q -p $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

.venv/test: .venv/run requirements/test.txt
	@echo "· packages for the tests"
	@$(call sync,test)
	@touch $@

sync = $(BIN)/uv pip install -q -p $(BIN)/python --require-hashes --no-deps -r requirements/$(1).txt

lock: .venv/bin/uv
	@$(call compile,run,--group build)
	@$(call compile,server,--extra redis --extra prod --extra metrics --extra bucket --group build -c requirements/run.txt)
	@$(call compile,test,--extra prod --extra metrics --extra bucket --group build --group test --group dev -c requirements/run.txt)

sbom: build/sbom.json

build/sbom.json: requirements/server.txt pyproject.toml packaging/sbom.py
	@mkdir -p build
	@$(PYTHON) -P packaging/sbom.py requirements/server.txt >$@
	@echo "· $@"

compile = $(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
  pyproject.toml --extra postgres $(2) -o requirements/$(1).txt

# ---- System packages: installed when missing and allowed, otherwise named ----

system:
	@$(call install,$(PDF_PACKAGES),PDF may be switched off until they are there)

system-test: system
	@$(call install,$(BROWSER_PACKAGES),browser and page image tests are skipped without them)
	@$(call install,$(READER_PACKAGES),some comparisons are skipped without them)
	@$(if $(TEST_DATABASE_URL),true,$(call install,$(SERVER_PACKAGES),tests on PostgreSQL are skipped without it))
	@$(if $(CADDY),true,$(call install,$(PROXY_PACKAGES),tests of the proxy are skipped without it); $(quiet_caddy))

# The package starts a server on port 80, which nobody needs: the tests start their own on other ports.
quiet_caddy = if [ -d /run/systemd/system ] && command -v caddy >/dev/null; then $$as systemctl disable --now -q caddy || true; fi

# install(packages, what it means to go without)
define install
mkdir -p build; missing=""; \
for package in $$(command -v dpkg-query >/dev/null && echo $(1)); do \
  dpkg-query -W -f='$${db:Status-Status}' $$package 2>/dev/null | grep -qx installed || missing="$$missing $$package"; \
done; \
command="apt-get update && apt-get install -y --no-install-recommends$$missing"; \
as=none; if [ "$$(id -u)" = 0 ]; then as=env; elif sudo -n true 2>/dev/null; then as="sudo -n env"; fi; \
if [ -z "$$missing" ]; then \
  :; \
elif [ "$$as" = none ]; then \
  echo "! missing ($(2)). To install: sudo sh -c '$$command'"; \
else \
  echo "· system packages:$$missing"; \
  $$as DEBIAN_FRONTEND=noninteractive sh -c "$$command" >>$(LOG) 2>&1 || echo "! not installed ($(2)); see $(LOG)"; \
fi
endef

# skip(what: why): said aloud, and a failure where nothing may be skipped
skip = { echo "! skipped: $(1)"; [ -z "$${RAPPORT_TEST_REQUIRE_ALL:-}" ]; }

clean:
	@rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis *.egg-info
