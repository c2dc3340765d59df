# SPDX-License-Identifier: MIT
#
# build.mk - builds the ABI tests; run.sh calls it from the top of the tree:
#	make -f test/abi/build.mk [OUT=build/abi]
#
# A source file is a program, or, if its name starts with lib_, a library
# which some program links or loads from its own directory. The compiler must
# not know malloc (-fno-builtin), or it drops the calls under test.

SRC := test/abi
OUT ?= build/abi

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wundef -Wvla -Wcast-qual \
	-Wcast-align -Wwrite-strings -Wformat=2 -Wimplicit-fallthrough \
	$(if $(CI),-Werror)
CFLAGS_ABI := -D_GNU_SOURCE -O1 -g -fno-builtin -pthread $(WARN)
C := -std=c17 -Wstrict-prototypes -Wmissing-prototypes
CXX17 := -std=c++17 -fsized-deallocation
LINK = -Wl,-rpath,'$$ORIGIN' $(filter %.so,$^)

c := $(patsubst $(SRC)/%.c,%,$(wildcard $(SRC)/*/*.c))
cc := $(if $(shell command -v $(CXX)),\
	$(patsubst $(SRC)/%.cc,%,$(wildcard $(SRC)/*/*.cc)))
is_lib = $(foreach f,$1,$(if $(filter lib_%,$(notdir $f)),$f))
libs := $(call is_lib,$(c) $(cc))
progs := $(filter-out $(libs),$(c) $(cc))

MUSL_CC ?= $(shell command -v musl-gcc)
ifneq ($(MUSL_CC),)
progs += musl/basic
endif

all: $(progs:%=$(OUT)/%) $(libs:%=$(OUT)/%.so)

$(c:%=$(OUT)/%): $(OUT)/%: $(SRC)/%.c
	$(CC) $(C) $(CFLAGS_ABI) -o $@ $< $(LINK)

$(cc:%=$(OUT)/%): $(OUT)/%: $(SRC)/%.cc
	$(CXX) $(CXX17) $(CFLAGS_ABI) -o $@ $< $(LINK)

$(OUT)/%.so: $(SRC)/%.c
	$(CC) $(C) $(CFLAGS_ABI) -fPIC -shared -o $@ $<

$(OUT)/%.so: $(SRC)/%.cc
	$(CXX) $(CXX17) $(CFLAGS_ABI) -fPIC -shared -o $@ $<

$(OUT)/musl/basic: $(SRC)/life/basic.c
	$(MUSL_CC) -std=c17 -D_GNU_SOURCE -O1 -fno-builtin -o $@ $<

$(OUT)/life/first_ctor: $(OUT)/life/lib_early.so

headers := $(wildcard $(SRC)/*.h $(SRC)/*/*.h)
dirs := $(addprefix $(OUT)/,$(sort $(dir $(progs))))
$(progs:%=$(OUT)/%) $(libs:%=$(OUT)/%.so): $(headers) $(SRC)/build.mk | $(dirs)

$(dirs):
	mkdir -p $@

.PHONY: all
