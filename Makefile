# Makefile - the whole build, in one file. `make help` lists what can be asked for.
#
#	V=release|asan|tsan|fuzz	which variant; each has its own folder build/$(V)
#	CC=clang			another compiler
#	VERBOSE=1			print the commands themselves
#	PORT=8100			where `make run` serves
#	FUZZ_TIME=20			seconds for each fuzz target

V ?= release
B := build/$(V)
PORT ?= 8100
FUZZ_TIME ?= 20
PREFIX ?= /usr/local
PYTHON ?= /usr/bin/python3
CLANG ?= clang
JOBS ?= $(shell nproc 2>/dev/null || echo 2)

ifeq ($(origin CC),default)
CC := gcc
endif

# ---- variants -----------------------------------------------------------------------------

hardening := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection
sanitizing := -fno-omit-frame-pointer -fno-sanitize-recover=all

ifeq ($(V),release)
variant := -O2 -g -fPIE $(hardening)
variant_ld := -pie -Wl,-z,relro,-z,now
else ifeq ($(V),asan)
variant := -O1 -g -fPIE -fsanitize=address,undefined $(sanitizing)
variant_ld := -pie -fsanitize=address,undefined
else ifeq ($(V),tsan)
variant := -O1 -g -fPIE -fsanitize=thread $(sanitizing)
variant_ld := -pie -fsanitize=thread
else ifeq ($(V),fuzz)
override CC := $(CLANG)
variant := -O1 -g -fsanitize=fuzzer-no-link,address,undefined $(sanitizing)
variant_ld := -fsanitize=fuzzer-no-link,address,undefined
else
$(error V=$(V): say release, asan, tsan or fuzz)
endif

export TSAN_OPTIONS ?= suppressions=$(CURDIR)/tests/tsan.supp

warnings := -Wall -Wextra -Wshadow -Wconversion -Wmissing-prototypes -Wvla -Werror
# The last is for <atrium.h>, as handlers include it.
language := -std=gnu17 -D_GNU_SOURCE -I. -idirafter proto

# ---- libraries ----------------------------------------------------------------------------
# pkg-config is asked once, and only when something is compiled: `make run` on a new machine
# reads this file before anything is installed. Headers of others are -isystem: their
# conversions are not ours to mend. --as-needed leaves out what a program does not call.

packages := sqlite3 zlib libwebsockets openssl libzmq jansson libjwt libcrypt libcurl libuv inih libsystemd
system_cflags = $(eval system_cflags := $$(patsubst -I%,-isystem%,$$(shell \
	pkg-config --cflags $(packages))))$(system_cflags)

pkgs_base := libuv inih libzmq libsystemd jansson
pkgs_proto := libcrypt
pkgs_gateway := libwebsockets openssl zlib
pkgs_hub := sqlite3
pkgs_auth := libjwt libcrypto libcrypt
pkgs_metrics := libwebsockets
pkgs_webhook := libcurl libcrypto
pkgs_ctl := libjwt libcrypt libcurl openssl

CFLAGS ?=
LDFLAGS ?=
all_cflags = $(language) $(warnings) $(variant) $(system_cflags) $(CFLAGS)
all_ldflags = $(variant_ld) -Wl,--as-needed $(LDFLAGS)
libs_of = $(shell pkg-config --libs $(pkgs_$1) $(pkgs_base) $2) -lm

# ---- sources ------------------------------------------------------------------------------

folders := gateway hub auth metrics webhook ctl
proto_sources := $(wildcard proto/base/*.c proto/*.c)
folder_sources := $(foreach f,$(folders) handler,$(wildcard $f/*.c))
unit_sources := $(wildcard tests/unit/*/test_*.c)
fuzz_sources := $(wildcard tests/fuzz/*/fuzz_*.c)
bench_sources := $(wildcard tests/bench/*.c)
load_sources := $(wildcard tests/bench/load/*.c)
sample_sources := $(wildcard tests/e2e/handlers/*.c)
example_sources := $(wildcard examples/*.c)
sources := $(proto_sources) $(folder_sources) $(unit_sources) $(fuzz_sources) $(bench_sources) \
	$(load_sources) $(sample_sources) $(example_sources)

program_of = $(if $(filter ctl,$1),atrium,atrium-$1)
programs := $(foreach f,$(folders),$(if $(wildcard $f/main.c),$B/$(call program_of,$f)))
units := $(patsubst tests/unit/%.c,$B/tests/%,$(unit_sources))
fuzzers := $(patsubst tests/fuzz/%.c,$B/fuzz/%,$(fuzz_sources))
benches := $(patsubst tests/bench/%.c,$B/bench/%,$(bench_sources)) $B/bench/load
samples := $(patsubst tests/e2e/handlers/%.c,$B/handlers/%,$(sample_sources))
examples := $(patsubst %.c,$B/%,$(example_sources))
objects_of = $(patsubst %.c,$B/obj/%.o,$1)

# ---- how things are made ------------------------------------------------------------------

Q := $(if $(VERBOSE),,@)
say = $(if $(VERBOSE),,@printf '  %-5s %s\n' $1 $2)

.PHONY: all run test check unit e2e browser screenshots static fuzz corpus bench bench-report bench-journal \
	bench-stalled bench-auth bench-tls bench-handlers lint format deps test-deps \
	clean install uninstall deb systemd man help library samples examples units fuzzers benches fuzz-pass corpus-pass print-flags docs docs-check FORCE
.DELETE_ON_ERROR:
.SECONDARY:
MAKEFLAGS += --no-builtin-rules
.SUFFIXES:

all: $(programs) library examples ## build the four daemons, atrium, libatrium and examples (the default)
	@:

# Objects are made anew when the compiler or its flags change.
$B/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(CC) $(all_cflags) $(all_ldflags)' | cmp -s - $@ || \
		printf '%s\n' '$(CC) $(all_cflags) $(all_ldflags)' >$@

# What is tested is optimized. Of what tests it that would be half of the time that building takes.
of_test = $(if $(filter tests/unit/%,$1),-O0 -U_FORTIFY_SOURCE)

$B/obj/%.o: %.c $B/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$Q$(CC) $(all_cflags) $(call of_test,$<) -MMD -MP -c -o $@ $<

# `q` and not `r`: two folders of one archive may have files of the same name.
define archive
	$(call say,AR,$@)
	@mkdir -p $(@D) && rm -f $@
	$Qar qcs $@ $(filter %.o,$^)
endef

$B/libproto.a: $(call objects_of,$(proto_sources)) $B/flags
	$(archive)

# $1: folder. Everything of it but main.o, so that tests can link it; then its program.
define folder_rules
$B/lib$1.a: $(call objects_of,$(filter-out $1/main.c,$(wildcard $1/*.c))) $B/flags
	$$(archive)

# What runs may be built again: a program is replaced whole, never while it is being written.
$B/$(call program_of,$1): $B/obj/$1/main.o $B/lib$1.a $B/libproto.a
	$$(call say,LD,$$@)
	$$Q$$(CC) $$(all_ldflags) -o $$@.new $$(filter %.o %.a,$$^) $$(call libs_of,$1)
	@mv $$@.new $$@
endef
$(foreach f,$(folders),$(eval $(call folder_rules,$f)))

# ---- libatrium ----------------------------------------------------------------------------
# Its objects are position-independent, and all that is not in proto/atrium.h is hidden in them. The
# static library is one object, in which that is local: no name of ours meets one of a program's.

library_sources := $(wildcard handler/*.c) $(addprefix proto/,$(addsuffix .c,msg batch event glob \
	json json_walk)) $(addprefix proto/base/,$(addsuffix .c,buf mem utf8))
library_objects := $(patsubst %.c,$B/pic/%.o,$(library_sources))
library_version = $(shell sed -n 's/.*ATRIUM_VERSION "\(.*\)"/\1/p' proto/version.h)

$B/libhandler.a: $(call objects_of,$(wildcard handler/*.c)) $B/flags
	$(archive)

$B/pic/%.o: %.c $B/flags
	$(call say,CC,'$< (libatrium)')
	@mkdir -p $(@D)
	$Q$(CC) $(filter-out -fPIE,$(all_cflags)) -fPIC -fvisibility=hidden -MMD -MP -c -o $@ $<

$B/libatrium.so.0: $(library_objects) handler/libatrium.map
	$(call say,LD,$@)
	$Q$(CC) $(filter-out -pie,$(all_ldflags)) -shared -Wl,-soname,libatrium.so.0 -Wl,-z,defs \
		-Wl,--version-script=handler/libatrium.map -o $@.new $(library_objects) \
		$(shell pkg-config --libs libzmq) -lm
	@mv $@.new $@

$B/libatrium.a: $(library_objects)
	$(call say,AR,$@)
	$Q$(LD) -r -o $B/pic/libatrium.o $(library_objects)
	$Qobjcopy --localize-hidden --strip-debug $B/pic/libatrium.o
	@rm -f $@
	$Qar qcs $@ $B/pic/libatrium.o

# What `make install` puts there has its own paths in it (tools/install).
$B/atrium.pc: handler/atrium.pc.in proto/version.h
	@sed 's/@VERSION@/$(library_version)/' handler/atrium.pc.in >$@

library: $B/libatrium.so.0 $B/libatrium.a $B/atrium.pc ## libatrium, with which handlers are written
	@:

# Handlers that the tests run.
$B/handlers/%: $B/obj/tests/e2e/handlers/%.o $B/libhandler.a $B/libproto.a
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$Q$(CC) $(all_ldflags) -o $@ $^ $(call libs_of)

samples: $(samples)

# As users build theirs (examples/Makefile), but with the library that is in this folder.
libatrium := -Wl,-rpath,'$$ORIGIN/..'

$B/examples/%: $B/obj/examples/%.o $B/libatrium.so.0
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$Q$(CC) $(all_ldflags) $(libatrium) -o $@ $^

examples: $(examples)

# $1: folder of tests; $2: archives they link.
define test_rules
$B/tests/$1/test_%: $B/obj/tests/unit/$1/test_%.o $2
	$$(call say,LD,$$@)
	@mkdir -p $$(@D)
	$$Q$$(CC) $$(all_ldflags) -o $$@ $$(filter %.o %.a,$$^) $$(call libs_of,$1,cmocka)

$B/fuzz/$1/fuzz_%: $B/obj/tests/fuzz/$1/fuzz_%.o $2
	$$(call say,LD,$$@)
	@mkdir -p $$(@D)
	$$Q$$(CC) $$(all_ldflags) -fsanitize=fuzzer -o $$@ $$(filter %.o %.a,$$^) $$(call libs_of,$1)
endef
$(foreach f,base proto,$(eval $(call test_rules,$f,$B/libproto.a)))
# There, memory runs out when the test wants it to.
$B/tests/handler/test_memory: LDFLAGS += -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
$(foreach f,$(folders) handler,$(eval $(call test_rules,$f,$B/lib$f.a $B/libproto.a)))

$B/bench/load: $(call objects_of,$(load_sources))
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$Q$(CC) $(all_ldflags) -o $@ $^

$B/bench/%: $B/obj/tests/bench/%.o
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$Q$(CC) $(all_ldflags) -o $@ $< $(bench_libs)

$B/bench/handler: $B/libatrium.so.0
$B/bench/handler: bench_libs = $(libatrium) $B/libatrium.so.0
$B/bench/roundtrip: bench_libs = $(shell pkg-config --libs libzmq)

units: $(units)
fuzzers: $(fuzzers)
benches: $(benches)

-include $(patsubst %.o,%.d,$(call objects_of,$(sources)) $(library_objects))

# ---- pages --------------------------------------------------------------------------------

page_sources := $(if $(wildcard static/package.json),$(shell find static \
	\( -name node_modules -o -name dist -o -name .test \) -prune -o -type f -print)) \
	$(wildcard docs/*.md docs/openapi.json docs/schema/*)

static: $(if $(page_sources),build/static.stamp) ## build pages and client library into static/dist
	@:

build/static.stamp: $(page_sources)
	$(call say,NPM,static)
	@mkdir -p $(@D)
	@tools/deps npm
	$Qcd static && npm run --silent build
	@touch $@

# ---- run ----------------------------------------------------------------------------------

run: ## install what is missing, build all, serve on PORT (8100) until Ctrl-C
	@tools/deps run
	@$(MAKE) --no-print-directory -j$(JOBS) all static
	@ATRIUM_GATEWAY_STATIC_DIR=$(CURDIR)/static/dist exec $B/atrium up --port $(PORT)

# ---- tests --------------------------------------------------------------------------------

test: ## install what is missing, then every test; V=asan: what is C under sanitizers
	@tools/deps test
	@MAKE='$(MAKE)' JOBS='$(JOBS)' V='$(V)' tests/stages

check: ## unit tests and lint, the short loop of a developer
	@$(MAKE) --no-print-directory unit
	@$(MAKE) --no-print-directory lint

unit: $(units) ## unit tests (cmocka)
	@$(PYTHON) tests/unit/run.py $(units)

# Most of a test's time is waiting: twice as many as there are processors share the files of tests.
e2e_spread := -n $(shell expr 2 '*' $(JOBS)) --dist loadfile

# What a test installs has manual pages.
e2e_man := $(if $(filter release,$V),man)

e2e: all benches samples $(e2e_man) ## real processes, real sockets (pytest); E2E= passes options on
	@ATRIUM_BUILD=$B $(PYTHON) -m pytest tests/e2e -q -p no:cacheprovider $(e2e_spread) $(E2E)

browser: all static ## pages in a real browser (playwright-core, chromium)
	@cd static && ATRIUM_BUILD=$(CURDIR)/$B npm run --silent test:browser

systemd: all static man ## units and package under a systemd of their own; PYTEST= passes options on
	@ATRIUM_BUILD=$B tests/systemd/run $(PYTEST)

screenshots: all static ## a picture of each page into docs/screenshots; PAGES="chat draw"
	@cd static && ATRIUM_BUILD=$(CURDIR)/$B npm run --silent screenshots

fuzz: ## every fuzz target for FUZZ_TIME (20) seconds
	@$(MAKE) --no-print-directory -j$(JOBS) V=fuzz fuzz-pass

fuzz-pass: $(fuzzers)
	@FUZZ_TIME=$(FUZZ_TIME) tests/fuzz/run $B $(fuzzers)

corpus: ## every file of the fuzz corpora once
	@$(MAKE) --no-print-directory -j$(JOBS) V=fuzz corpus-pass

corpus-pass: $(fuzzers)
	@FUZZ_TIME=0 tests/fuzz/run $B $(fuzzers)

# Of a part (BENCH="--work a", "--servers floor,atrium") nothing is written.
bench: all benches ## Atrium beside other servers; writes docs/benchmarks.md; BENCH="--rounds 5"
	@tools/deps bench
	@$(PYTHON) tests/bench/bench.py --build $B --report $(BENCH)

bench-report: ## docs/benchmarks.md anew from the results that were kept
	@$(PYTHON) tests/bench/report.py

bench-stalled: all benches ## what clients that do not read cost the others of a large room
	@$(PYTHON) tests/bench/stalled.py --build $B $(BENCH)

bench-journal: all benches ## processor time of the hub for each kind of journal, and latency
	@$(PYTHON) tests/bench/journal.py --build $B $(BENCH)

bench-auth: all benches ## what verdicts on tokens cost, by the kind of their key
	@$(PYTHON) tests/bench/verdicts.py --build $B $(BENCH)

bench-handlers: all benches ## what handlers cost: processor time for each message, and how long a call takes
	@$(PYTHON) tests/bench/handlers.py --build $B $(BENCH)

bench-tls: all ## what TLS costs, beside the same without
	@$(PYTHON) tests/bench/tls.py --build $B $(BENCH)

lint: ## layers, sizes, format, cppcheck, clang
	@$(PYTHON) tests/lint/lint.py

format: ## clang-format all C files in place
	@clang-format -i $(wildcard $(addsuffix /*.[ch],proto proto/base $(folders) handler \
		tests/unit tests/unit/* tests/fuzz/* tests/bench tests/bench/load tests/e2e/handlers examples))

# What lint's clang gets; only flags that gcc and clang both know are in use.
print-flags:
	@printf '%s\n' '$(all_cflags)'

docs: all ## write docs/settings.md anew from the programs' own tables
	@tools/settings-doc $B >docs/settings.md.new && mv docs/settings.md.new docs/settings.md

docs-check: all
	@tools/settings-doc $B | diff -u docs/settings.md - || \
		{ echo 'docs: make docs, and commit it'; exit 1; }

man: build/man/atrium.1 ## manual pages into build/man, made from the programs' own tables
	@:

build/man/atrium.1: $(programs) tools/man-pages tools/settings-doc proto/atrium.h $(addsuffix /main.c,$(folders))
	$(call say,MAN,$(@D))
	$Qtools/man-pages $B $(@D)

# ---- the rest -----------------------------------------------------------------------------

deps: ## install what building and running needs
	@tools/deps run

test-deps: ## install what the tests need as well
	@tools/deps test

# With DESTDIR a tree is written and nothing else is done.
install: all static man ## all that is needed, into PREFIX (/usr/local), with units for systemd
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' LIBDIR='$(LIBDIR)' UNITDIR='$(UNITDIR)' tools/install $B

uninstall: ## what make install has put there, but settings that were changed, keys and state
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' UNITDIR='$(UNITDIR)' tools/install --remove

deb: all static man ## Debian packages, build/atrium_VERSION_ARCHITECTURE.deb and libatrium; DEB_VERSION=
	@DEB_VERSION='$(DEB_VERSION)' tools/deb $B

clean: ## remove all that was built
	rm -rf build static/dist

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-11s %s\n", $$1, $$2 }' Makefile
