# SPDX-License-Identifier: Apache-2.0
# Targets for people: all install demo check; the rest are parts of check. `make help` lists them.
#	DEV=1	warnings are errors		V=1	show commands
#	SAN=1	address and undefined sanitizers	O=DIR	build somewhere else

CC	?= cc
CFLAGS	?= -O2 -g
VERSION	:= 0.1.0
prefix	?= /usr
bindir	= $(prefix)/bin
libexecdir = $(prefix)/libexec/secctr
datadir	= $(prefix)/share/secctr
mandir	= $(prefix)/share/man
completions = $(prefix)/share/bash-completion/completions $(prefix)/share/zsh/site-functions \
	$(prefix)/share/fish/vendor_completions.d
O	?= build$(if $(SAN),-san)
Q	:= $(if $(V),,@)
say	= $(if $(V),,@printf '  %-6s%s\n' $(1) $(2))

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	-Wwrite-strings -Wvla -Wformat=2 -Wundef -Wconversion -Wno-sign-conversion $(if $(DEV),-Werror)
BASE := -std=gnu11 -D_GNU_SOURCE -DSECCTR_VERSION='"$(VERSION)"' -I. -MMD -MP $(WARN)
# Debian 12's compiler is the yardstick; a flag it lacks is left out, and tests/lint/hardening.sh
# looks at the result, not at the flags.
HARD := -fPIE -fstack-protector-strong -fstack-clash-protection -fcf-protection=full -D_FORTIFY_SOURCE=2 \
	-ftrivial-auto-var-init=zero -fno-delete-null-pointer-checks -fno-strict-overflow
HARD_LD := -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,pack-relative-relocs -Wl,--as-needed
# A program has what it uses and no more: all tables with pointers are relocated at each start, read or not, and each page of them is a fault.
HARD += -ffunction-sections -fdata-sections
HARD_LD += -Wl,--gc-sections
ifneq ($(SAN),)
override CFLAGS += -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
HARD := -fPIE
HARD_LD := -pie
endif

MODULES	:= launcher/base launcher/spec launcher/plan launcher/runtime launcher/monitor launcher/store \
	launcher/image launcher/systemd launcher/cli policy audit audit/report audit/evidence audit/doctor selinux
SRC	:= $(wildcard $(MODULES:%=%/*.c))
# A file that holds main() is a program: launcher/cli/secctr_main.c, launcher/monitor/monitor_main.c, launcher/image/fetch_main.c.
MAINS	:= $(filter %_main.c,$(SRC))
LIBSRC	:= $(filter-out $(MAINS),$(SRC))
LIBOBJ	:= $(LIBSRC:%.c=$(O)/obj/%.o)
LIB	:= $(O)/libsecctr.a
PROGS	:= $(O)/bin/secctr $(O)/bin/secctr-runtime $(O)/bin/secctr-monitor $(O)/bin/secctr-fetch $(O)/bin/secctr-exec $(O)/bin/secctr-report \
	$(O)/bin/secctr-evidence $(O)/bin/secctr-timestamp $(O)/bin/secctr-registry
LIBS	:= -ljansson -lcrypto -lseccomp -laudit -larchive -lz -lzstd -llzma
# What every start uses is part of the program: the loader's work for five libraries, and for the tables of
# libcrypto, was a third of its time. libc stays shared, because of name services (nsswitch.conf(5)).
STATIC_LIBS := -Wl,-Bstatic -ljansson -lcrypto -lseccomp -laudit -Wl,-Bdynamic
TESTSRC	:= $(shell find tests/unit -name 'test_*.c' 2>/dev/null)
TESTBIN	:= $(TESTSRC:tests/unit/%.c=$(O)/tests/%)

# Manual pages where scdoc is there to make them (package scdoc).
MAN	:= $(patsubst docs/man/%.scd,$(O)/man/%,$(wildcard docs/man/*.scd))

all: $(foreach p,$(PROGS),$(p)) image $(if $(shell command -v scdoc),man)

$(O)/obj/%.o: %.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(BASE) $(HARD) $(CFLAGS) -c -o $@ $<

$(O)/obj/audit/report/page_assets.o $(O)/fuzz/obj/audit/report/page_assets.o: audit/report/page.css audit/report/page.js

$(LIB): $(LIBOBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@; $(AR) rcs $@ $^

$(O)/bin/secctr: $(O)/obj/launcher/cli/secctr_main.o $(LIB)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(HARD_LD) -o $@ $^ $(if $(SAN),$(LIBS),$(STATIC_LIBS))

# The same objects for engines.
$(O)/bin/secctr-runtime: $(O)/obj/launcher/cli/runtime_main.o $(LIB)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(HARD_LD) -o $@ $^ $(if $(SAN),$(LIBS),$(STATIC_LIBS))

# The monitor stays for the life of a container: static, so that it shares no dirtied libc pages
# of its own and has no loader at start. It uses no name service.
SAN_OPTIONS := $(if $(SAN),$(O)/obj/tests/unit/sanitizer_options.o)
$(O)/bin/secctr-monitor: $(O)/obj/launcher/monitor/monitor_main.o $(SAN_OPTIONS) $(LIB)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(if $(SAN),$(HARD_LD),-static-pie -Wl,-z,relro,-z,now,--gc-sections) -o $@ $^ -ljansson $(if $(SAN),-lcrypto)

# Runs inside the container for one step, and has no library (launcher/runtime/handover.h). Position independent without anything
# to relocate: there is no loader and no start-up code that would.
BARE := -fPIE -fvisibility=hidden -ffreestanding -fno-stack-protector -fcf-protection=full -fno-jump-tables
$(O)/obj/launcher/runtime/exec_main.o: launcher/runtime/exec_main.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(BASE) -O2 $(BARE) -c -o $@ $<
$(O)/bin/secctr-exec: $(O)/obj/launcher/runtime/exec_main.o
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -static-pie -nostdlib -nostartfiles -Wl,-z,relro,-z,now,-z,noexecstack,--no-dynamic-linker,--build-id=none -o $@ $^

$(O)/bin/secctr-fetch: $(O)/obj/launcher/image/fetch_main.o $(SAN_OPTIONS) $(LIB)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(HARD_LD) -o $@ $^ $(LIBS)

# Speaks to registries: the only one of these with TLS, HTTP and a network; no decoder of layers.
$(O)/bin/secctr-registry: $(O)/obj/launcher/image/registry_main.o $(SAN_OPTIONS) $(LIB)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(HARD_LD) -o $@ $^ -lcurl -lcrypto $(if $(SAN),$(LIBS),-Wl,-Bstatic -lseccomp -ljansson -Wl,-Bdynamic,--gc-sections)

# Reads audit logs for `secctr report`; the only one with decoders for packed logs. Of libcrypto it has one digest.
$(O)/bin/secctr-report: $(O)/obj/audit/report/reader_main.o $(SAN_OPTIONS) $(LIB)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(HARD_LD) -o $@ $^ $(if $(SAN),$(LIBS),-Wl,-Bstatic -lseccomp -laudit -lzstd -llzma -lz -ljansson -lcrypto -Wl,-Bdynamic)

# Signs and verifies evidence bundles: all that is needed of libcrypto, no log, no network.
$(O)/bin/secctr-evidence: $(O)/obj/audit/evidence/evidence_main.o $(SAN_OPTIONS) $(LIB)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(HARD_LD) -o $@ $^ $(if $(SAN),$(LIBS),-Wl,-Bstatic -lseccomp -ljansson -lcrypto -Wl,-Bdynamic)

# Fetches time stamps: the only one with a network, and with libcurl; no key, no log.
$(O)/bin/secctr-timestamp: $(O)/obj/audit/evidence/timestamp_main.o $(SAN_OPTIONS) $(LIB)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(HARD_LD) -o $@ $^ -lcurl -lcrypto $(if $(SAN),$(LIBS),-Wl,-Bstatic -lseccomp -Wl,-Bdynamic)

$(O)/tests/%: tests/unit/%.c $(LIB)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(BASE) $(HARD) $(CFLAGS) $(HARD_LD) -o $@ $< $(LIB) $(LIBS) -lcap-ng -lcmocka

# Makes audit logs for tests and benchmarks.
$(O)/tests/report-gen: tests/bench/report/gen.c
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE -Wall -Wextra $(if $(DEV),-Werror) -O2 -o $@ $<
$(O)/tests/audit/report/test_oracle: LIBS += -lauparse
$(O)/tests/audit/report/test_oracle $(O)/tests/audit/report/test_reader $(O)/tests/audit/report/test_quick: $(O)/tests/report-gen

# Programs in which a test can make one step of a start fail (launcher/base/fault.h): for tests/cli/steps.bats, never installed.
FAULTY	:= $(patsubst %.c,$(O)/test-bin/obj/%.o,$(shell grep -l base/fault.h $(SRC)))
$(O)/test-bin/obj/%.o: %.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(BASE) $(HARD) $(CFLAGS) -DSECCTR_FAULTS -c -o $@ $<
$(O)/test-bin/secctr: $(O)/obj/launcher/cli/secctr_main.o $(FAULTY) $(LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(HARD_LD) -o $@ $^ $(if $(SAN),$(LIBS),$(STATIC_LIBS))
$(O)/test-bin/step-names: tests/cli/step_names.c $(LIB)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(BASE) $(HARD) $(CFLAGS) $(HARD_LD) -o $@ $< $(LIB) $(LIBS)
test-bin: $(O)/test-bin/secctr $(O)/test-bin/step-names

unit: $(PROGS) $(TESTBIN)
check-unit: $(PROGS) $(TESTBIN)
	$(Q)tests/run-unit $(O) $(TESTBIN:$(O)/tests/%=%)

image: $(O)/share/default.tar
$(O)/share/default.tar: tests/fixtures/mk-default-image
	$(call say,IMAGE,$@)
	$(Q)mkdir -p $(@D); tests/fixtures/mk-default-image $@

man: $(MAN)
$(O)/man/%: docs/man/%.scd
	$(call say,MAN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)scdoc <$< >$@

# Everything below $(DESTDIR); nothing setuid, no file capability (tests/lint/install.sh).
install: all
	$(Q)install -d -m 0755 $(DESTDIR)$(bindir) $(DESTDIR)$(libexecdir) $(DESTDIR)$(datadir)/policy.d \
		$(DESTDIR)$(datadir)/selinux $(DESTDIR)$(mandir)/man1 $(DESTDIR)$(mandir)/man5 \
		$(DESTDIR)$(mandir)/man7 $(DESTDIR)$(mandir)/man8
	$(Q)install -d -m 0700 $(DESTDIR)/etc/secctr $(DESTDIR)/var/lib/secctr
	$(Q)install -d -m 0755 $(DESTDIR)/etc/secctr/policy.d
	$(Q)install -d -m 0750 $(DESTDIR)/etc/audit/rules.d
	$(Q)install -m 0755 $(O)/bin/secctr $(O)/bin/secctr-runtime $(DESTDIR)$(bindir)/
	$(Q)install -m 0755 $(O)/bin/secctr-monitor $(O)/bin/secctr-fetch $(O)/bin/secctr-exec $(O)/bin/secctr-report \
		$(O)/bin/secctr-evidence $(O)/bin/secctr-timestamp $(O)/bin/secctr-registry $(DESTDIR)$(libexecdir)/
	$(Q)install -m 0644 policy/profiles/*.policy $(DESTDIR)$(datadir)/policy.d/
	$(Q)install -m 0644 $(O)/share/default.tar $(DESTDIR)$(datadir)/default.tar
	$(Q)install -m 0644 selinux/module/secctr.cil $(DESTDIR)$(datadir)/selinux/secctr.cil
	$(Q)install -m 0640 audit/rules/20-secctr.rules $(DESTDIR)/etc/audit/rules.d/20-secctr.rules
	$(Q)install -D -m 0644 launcher/systemd/modules-load.conf $(DESTDIR)$(prefix)/lib/modules-load.d/secctr.conf
	$(Q)install -D -m 0644 launcher/systemd/tmpfiles.conf $(DESTDIR)$(prefix)/lib/tmpfiles.d/secctr.conf
	$(Q)install -D -m 0644 launcher/systemd/sysusers.conf $(DESTDIR)$(prefix)/lib/sysusers.d/secctr.conf
	$(Q)for unit in secctr-evidence.service secctr-evidence.timer; do \
		install -D -m 0644 launcher/systemd/$$unit $(DESTDIR)$(prefix)/lib/systemd/system/$$unit; done
	$(Q)for page in $(notdir $(MAN)); do \
		[ ! -f $(O)/man/$$page ] || install -m 0644 $(O)/man/$$page $(DESTDIR)$(mandir)/man$${page##*.}/; done
	$(Q)install -d -m 0755 $(addprefix $(DESTDIR),$(completions))
	$(Q)umask 022; $(O)/bin/secctr completion bash >$(DESTDIR)$(word 1,$(completions))/secctr && \
		$(O)/bin/secctr completion zsh >$(DESTDIR)$(word 2,$(completions))/_secctr && \
		$(O)/bin/secctr completion fish >$(DESTDIR)$(word 3,$(completions))/secctr.fish
	$(call say,INST,$(DESTDIR)$(prefix))

# apt asks nothing and installs nothing that is there already. Set APT=: to keep it out.
APT	?= DEBIAN_FRONTEND=noninteractive apt-get -q
packages = $(shell sed '/^\#/d' $(1))
missing = $(shell dpkg-query -W -f '$${Package} $${db:Status-Status}\n' $(1) 2>/dev/null | \
	awk '$$2 == "installed" { have[$$1] = 1 } END { split("$(1)", want, " "); for (i in want) if (!(want[i] in have)) print want[i] }')
define install_packages
	$(Q)if [ -n "$(strip $(call missing,$(1)))" ]; then \
		$(APT) update && $(APT) install -y --no-install-recommends $(call missing,$(1)); fi
endef

deps:
	$(call install_packages,$(call packages,tests/packages))
deps-check:
	$(call install_packages,$(call packages,tests/packages tests/packages-check tests/vm/packages))

# As many jobs as processors, where nobody says how many (make -jN).
JOBS	= $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))
# The two commands of the README. Each builds in a make of its own, after its packages are there.
demo: deps
	$(Q)$(MAKE) --no-print-directory $(JOBS) all
	$(Q)$(MAKE) --no-print-directory install
	$(Q)docs/demo
CHECK	?= unit,san,cli+vm,lint,fuzz
check: deps-check
	$(Q)$(MAKE) --no-print-directory $(JOBS) DEV=1 all unit test-bin
	$(Q)tests/check $(O) $(CHECK)
check-vm:
	$(Q)$(MAKE) --no-print-directory check CHECK=vm
check-asan:
	$(Q)$(MAKE) --no-print-directory check CHECK=san
# tests/fuzz/README.md. The library once more, with clang's sanitizers, so that a new target costs one file and a link.
FUZZ	:= -std=gnu11 -D_GNU_SOURCE -DSECCTR_VERSION='"fuzz"' -I. -g -O1 -Wno-everything -Werror=incompatible-pointer-types -fno-omit-frame-pointer \
	-fno-sanitize-recover=undefined
FUZZLIB	:= $(O)/fuzz/libsecctr.a
$(O)/fuzz/obj/%.o: %.c
	$(call say,CLANG,$<)
	$(Q)mkdir -p $(@D)
	$(Q)clang $(FUZZ) -MMD -MP -fsanitize=fuzzer-no-link,address,undefined -c -o $@ $<
$(FUZZLIB): $(LIBSRC:%.c=$(O)/fuzz/obj/%.o)
	$(Q)rm -f $@; $(AR) rcs $@ $^
$(O)/fuzz/fuzz_%: tests/fuzz/fuzz_%.c $(FUZZLIB)
	$(call say,FUZZ,$@)
	$(Q)clang $(FUZZ) -MMD -MP -MF $@.d -fsanitize=fuzzer,address,undefined -o $@ $< $(FUZZLIB) $(LIBS)
FUZZBIN	:= $(patsubst tests/fuzz/%.c,$(O)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
fuzz: $(FUZZBIN)
fuzz-%: $(O)/fuzz/fuzz_% ;

help:
	$(Q)sed -n '2,6p' Makefile; grep -oE '^[a-z][a-z-]*:' Makefile | tr -d ':' | sort -u | tr '\n' ' '; echo

clean:
	rm -rf build build-san

-include $(shell find $(O)/obj $(O)/tests $(O)/test-bin $(O)/fuzz -name '*.d' 2>/dev/null)
.PHONY: all unit test-bin check-unit image man install deps deps-check demo check check-vm check-asan fuzz help clean
.SECONDARY:
.DELETE_ON_ERROR:
