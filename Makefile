# SPDX-License-Identifier: MIT
# kvmalloc. `make help` lists the targets; V=1 shows commands, CI=1 turns
# warnings into errors; local choices go to config.mak.

CC ?= gcc
OBJCOPY ?= objcopy
PREFIX ?= /usr/local
BUILD ?= build
-include config.mak

VERSION := 0.1.0
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' $(1) $(2))

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wundef -Wvla -Wcast-qual \
	-Wcast-align -Wwrite-strings -Wformat=2 -Wstrict-prototypes \
	-Wmissing-prototypes -Wimplicit-fallthrough $(if $(CI),-Werror)
CFLAGS ?= -O2 -g
BASE := -std=c17 -D_GNU_SOURCE $(WARN) -fno-common -Iinclude -MMD -MP \
	-DKV_VERSION='"$(VERSION)"'
# gcc would turn our calloc's malloc + memset into a call of calloc.
LIB_FLAGS := -Ipreload -fPIC -fvisibility=hidden -fno-strict-aliasing \
	-ftls-model=initial-exec -fno-builtin-malloc -fno-builtin-calloc \
	-fno-builtin-realloc -fno-builtin-free -fno-plt \
	-U_FORTIFY_SOURCE -fno-stack-protector
LIB_LINK := -shared -Wl,-z,defs -Wl,-z,relro,-z,now -Wl,-z,nodelete \
	-Wl,-z,separate-code -Wl,-z,max-page-size=0x10000 \
	-Wl,-soname,libkvmalloc.so -Wl,-T,preload/abi/layout.ld \
	-Wl,--version-script=preload/abi/kvmalloc.map

# Sanitizers, by VARIANT= and KAPI_VARIANT=.
SAN_asan := -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
SAN_ubsan := -fsanitize=undefined -fno-sanitize-recover=all
# gcc warns of fences, which its runtime takes for compiler barriers.
SAN_tsan := -fsanitize=thread $(if $(findstring clang,$(CC)),,-Wno-tsan)
$(foreach s,asan ubsan tsan,$(eval SAN_kapi-$(s) := $(SAN_$(s))))

LIB_SRC := $(filter-out preload/kapi/%,$(sort $(wildcard preload/*/*.c)))
LIB_OBJ := $(LIB_SRC:%.c=$(BUILD)/obj/%.o)
TOOL_SRC := $(sort $(wildcard tools/*.c))
TOOL_OBJ := $(TOOL_SRC:%.c=$(BUILD)/obj/%.o)
LIB := $(BUILD)/libkvmalloc.so
TOOL := $(BUILD)/kvmalloc
TOOL_LIBS ?= -ldw -lelf -lz -lncursesw -ltinfo -Wl,-u,cplus_demangle -liberty

# The kernel's interface: the same core without the malloc family. Hidden
# symbols become local, so that a program's own names never meet ours. The code
# of the archive has a section by itself, so call stacks can leave it out.
KAPI_SRC := $(filter-out %/malloc.c %/memalign.c %/info.c %/dlopen.c \
	%/record.c %/traced.c %/life.c,$(LIB_SRC)) $(sort $(wildcard preload/kapi/*.c)) \
	tools/proc_text.c tools/proc_zoneinfo.c tools/zone.c
KAPI_VARIANT ?= kapi
KAPI_DIR := $(BUILD)/$(KAPI_VARIANT)
KAPI_OBJ := $(KAPI_SRC:%.c=$(KAPI_DIR)/%.o)
KAPI_FLAGS = -DKV_KAPI -Wno-pedantic $(filter-out -fno-builtin-%,$(LIB_FLAGS)) \
	$(SAN_$(KAPI_VARIANT))
KAPI := $(KAPI_DIR)/libkvkernel.so $(KAPI_DIR)/libkvkernel.a
KAPI_LINK := -shared -Wl,-z,defs -Wl,-z,relro,-z,now \
	-Wl,-soname,libkvkernel.so.0

# Users of the interface: its Check suites, the examples, the questions that
# real kernels answered. KAPI_VARIANT=kapi-asan|kapi-ubsan|kapi-tsan too.
KAPI_USER = $(CFLAGS) -std=gnu17 -Wall -Wextra $(if $(CI),-Werror) -Iinclude \
	-pthread $(SAN_$(KAPI_VARIANT))
KAPI_SUITES := $(patsubst test/kapi/%.c,$(KAPI_DIR)/%, \
	$(wildcard test/kapi/test_*.c))
KAPI_EXAMPLES := $(patsubst test/examples/%.c,$(KAPI_DIR)/example_%, \
	$(filter-out %/main.c,$(wildcard test/examples/*.c)))
KAPI_TESTS := $(KAPI_SUITES) $(KAPI_EXAMPLES) $(KAPI_DIR)/questions

# Unit tests link the layers, not the malloc family: Check keeps libc's.
UNIT_SRC := $(sort $(wildcard test/lib/test_*.c test/mm/test_*.c))
UNIT := $(UNIT_SRC:test/%.c=%)
UNIT_LIB_SRC := $(sort $(wildcard preload/os/*.c preload/lib/*.c \
	preload/mm/*.c)) preload/abi/options.c preload/abi/emergency.c \
	test/mm/states.c
VARIANT ?= unit
UNIT_DIR := $(BUILD)/$(VARIANT)
UNIT_OBJ := $(UNIT_LIB_SRC:%.c=$(UNIT_DIR)/%.o)
UNIT_FLAGS := -Ipreload -Itest -fno-strict-aliasing -DDEBUG_VM=2 -DOS_FAULT \
	$(SAN_$(VARIANT))
UNIT_LINK := $(SAN_$(VARIANT)) -lcheck -lsubunit -lm -lrt -pthread

all: $(LIB) $(TOOL) $(KAPI) ## the libraries and the command

$(LIB): $(LIB_OBJ) preload/abi/kvmalloc.map preload/abi/layout.ld
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LIB_LINK) -o $@ $(LIB_OBJ)

$(TOOL): $(TOOL_OBJ)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) -o $@ $(TOOL_OBJ) -Wl,--as-needed $(TOOL_LIBS)

$(KAPI_DIR)/libkvkernel.so: $(KAPI_OBJ)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(KAPI_LINK) -o $@ $(KAPI_OBJ) $(SAN_$(KAPI_VARIANT))
	$(Q)ln -sf $(@F) $@.0

$(KAPI_DIR)/libkvkernel.a: $(KAPI_OBJ)
	$(call say,AR,$@)
	$(Q)$(LD) -r -o $(KAPI_DIR)/kvkernel.o $(KAPI_OBJ)
	$(Q)$(OBJCOPY) --localize-hidden $(KAPI_DIR)/kvkernel.o \
		$(foreach s,.text .text.unlikely .text.hot .text.startup, \
			--rename-section $(s)=kv_text)
	$(Q)rm -f $@ && $(AR) rcs $@ $(KAPI_DIR)/kvkernel.o

# Not among the system's headers: these have their names.
$(KAPI_DIR)/kvkernel.pc: Makefile
	@mkdir -p $(@D)
	@printf '%s\n' 'prefix=$(PREFIX)' 'Name: kvkernel' \
		"Description: the kernel's allocation interface in user space" \
		'Version: $(VERSION)' 'Cflags: -I$${prefix}/include/kvkernel' \
		'Libs: -L$${prefix}/lib -lkvkernel' 'Libs.private: -pthread' >$@

$(KAPI_DIR)/%.o: %.c Makefile
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(BASE) $(KAPI_FLAGS) -c $< -o $@

kapi_link = $(CC) $(KAPI_USER) $(1) -o $@ -L$(KAPI_DIR) \
	-Wl,-rpath,'$$ORIGIN' -lkvkernel

$(KAPI_SUITES): $(KAPI_DIR)/test_%: test/kapi/test_%.c \
		$(wildcard test/kapi/*.h) $(KAPI_DIR)/libkvkernel.so
	$(call say,CC,$<)
	$(Q)$(call kapi_link,$<) -lcheck -lsubunit -lm -lrt

$(KAPI_EXAMPLES): $(KAPI_DIR)/example_%: test/examples/%.c \
		test/examples/main.c $(KAPI_DIR)/libkvkernel.so
	$(call say,CC,$<)
	$(Q)$(call kapi_link,$< test/examples/main.c)

$(KAPI_DIR)/questions: test/oracle/questions.c $(KAPI_DIR)/libkvkernel.so
	$(call say,CC,$<)
	$(Q)$(call kapi_link,$<)

kapi-tests: $(KAPI) $(KAPI_TESTS) $(TOOL)

check-kapi: kapi-tests ## tests of the kernel's interface alone
	@test/kapi/run.sh $(KAPI_DIR)

$(BUILD)/obj/preload/%.o: preload/%.c Makefile
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(BASE) $(LIB_FLAGS) -ffunction-sections -c $< -o $@

$(BUILD)/obj/tools/%.o: tools/%.c Makefile
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(BASE) -c $< -o $@

# Pictures are embedded by .incbin, which -MMD does not see.
$(BUILD)/obj/tools/page.o: $(wildcard tools/page.*)
$(BUILD)/obj/tools/flame.o: $(wildcard tools/flame.*)

$(UNIT_DIR)/%.o: %.c Makefile
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(BASE) $(UNIT_FLAGS) -c $< -o $@

$(UNIT:%=$(UNIT_DIR)/%): $(UNIT_DIR)/%: $(UNIT_DIR)/test/%.o $(UNIT_OBJ)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -o $@ $< $(UNIT_OBJ) $(UNIT_LINK)

unit-tests: $(UNIT:%=$(UNIT_DIR)/%)

check: ## all tests; installs what they need
	@.ci/install build check
	@+test/run.sh

check-unit: unit-tests ## unit tests only; VARIANT=asan|ubsan|tsan too
	@test/run.sh unit $(UNIT:%=$(UNIT_DIR)/%)

check-asan: ## unit tests and tools under AddressSanitizer
	@+$(MAKE) --no-print-directory check-unit VARIANT=asan
check-ubsan: ## the same under UndefinedBehaviorSanitizer
	@+$(MAKE) --no-print-directory check-unit VARIANT=ubsan
check-tsan: ## the same under ThreadSanitizer
	@+$(MAKE) --no-print-directory check-unit VARIANT=tsan

check-programs: all ## all real programs, with and without the library
	@.ci/install programs
	@test/programs/run.sh $(LIB)

check-system: all ## overcommit_memory=2, cgroups, set-uid; as root
	@test/abi/system.sh $(LIB)

check-arm64: ## cross-build for aarch64 and run it under qemu-user
	@.ci/install arm64
	@test/arm64.sh

soak: all ## long random runs under the validators
	@test/abi/run.sh --soak $(LIB)
	@test/prof/run.sh --soak $(LIB)

bench: all ## speed and memory beside Debian's other allocators
	@.ci/install bench
	@test/bench/run.sh $(BENCH)

bench-reports: all ## what reports cost, beside other heap profilers
	@.ci/install bench-reports
	@python3 test/prof/bench.py $(BENCH_REPORTS) $(LIB)

demo: ## installs what is missing, builds, runs python3 under kvmalloc
	@.ci/install build demo
	@+$(MAKE) --no-print-directory all
	$(TOOL) run -- python3 test/demo.py

INSTALL := $(LIB):lib/libkvmalloc.so:755 $(TOOL):bin/kvmalloc:755 \
	tools/kvmalloc.bash:share/bash-completion/completions/kvmalloc:644 \
	$(foreach m,$(wildcard tools/man/*.1),$(m):share/man/man1/$(notdir $(m)):644) \
	$(foreach m,$(wildcard tools/man/*.3),$(m):share/man/man3/$(notdir $(m)):644) \
	$(KAPI_DIR)/libkvkernel.so:lib/libkvkernel.so.0:755 \
	$(KAPI_DIR)/libkvkernel.a:lib/libkvkernel.a:644 \
	$(KAPI_DIR)/kvkernel.pc:lib/pkgconfig/kvkernel.pc:644 \
	$(foreach h,$(wildcard include/linux/*.h include/linux/*/*.h \
		include/asm/*.h include/kvmalloc/*.h),$(h):$(h:include/%=include/kvkernel/%):644)
field = $(word $(2),$(subst :, ,$(1)))

install: all $(KAPI_DIR)/kvkernel.pc ## to $(DESTDIR)$(PREFIX)
	$(foreach i,$(INSTALL),install -D -m $(call field,$(i),3) \
		$(call field,$(i),1) \
		$(DESTDIR)$(PREFIX)/$(call field,$(i),2) &&) true
	ln -sf libkvkernel.so.0 $(DESTDIR)$(PREFIX)/lib/libkvkernel.so

uninstall: ## the same files
	rm -f $(DESTDIR)$(PREFIX)/lib/libkvkernel.so
	$(foreach i,$(INSTALL),rm -f \
		$(DESTDIR)$(PREFIX)/$(call field,$(i),2) &&) true

lint: ## layering and shellcheck; test/lint.sh --tidy adds clang-tidy
	@test/lint.sh

format: ## clang-format over all C files
	clang-format -i $(shell git ls-files '*.c' '*.h')

clean: ## what was built
	rm -rf $(BUILD)

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 18

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
.PHONY: all kapi-tests check-kapi unit-tests check check-unit check-asan \
	check-ubsan check-tsan check-programs check-system check-arm64 soak \
	bench bench-reports demo install uninstall lint format clean help
