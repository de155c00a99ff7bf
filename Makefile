# Touchstone: GPT-1 and GPT-2 in readable C, proved tensor by tensor.
# `make help` lists the targets. CC=clang builds with clang, into the same folder.

BUILD   ?= build
OUT     ?= reports/out
CFLAGS  ?= -O2 -g
SAN     ?=

# -Wconversion includes -Wsign-conversion here; nothing is left out. Without
# contraction a sum is rounded alike by every compiler on every machine.
WARN     = -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Werror
ALL_C    = -std=c11 -ffp-contract=off -D_XOPEN_SOURCE=700 $(CFLAGS) $(WARN) $(SAN) -Isteps -Iharness -MMD -MP
# Asked for when a recipe runs, so that `make setup check` finds what setup brought.
LIB_C    = $(shell pkg-config --cflags hdf5 jansson libzip cmocka)
HDF5     = $(shell pkg-config --libs hdf5)
JANSSON  = $(shell pkg-config --libs jansson)
ZIP      = $(shell pkg-config --libs libzip)
CMOCKA   = $(shell pkg-config --libs cmocka)

# A step is a folder with a number. Its sources are all but the program and the
# exercise; a step with a main.c becomes a program of its name. Forward pass, gradients,
# cache and optimiser make the subjects; every program has the tokenizer, and the rest
# of its own folder.
sources   = $(filter-out %/main.c %/exercise.c,$(wildcard $(addprefix steps/,$(addsuffix /*.c,$(1)))))
OPS      := $(call sources,00_ingredients 02_embed 03_attention 04_mlp 05_unembed 07_backprop) \
            steps/06_sample/kv_cache.c steps/08_train/adamw.c
TEXT     := $(filter-out steps/01_tokenize/program_%,$(call sources,01_tokenize))
WIRING   := steps/forward.c steps/engine.c steps/graph.c steps/table.c
# What a subject has besides: steps 01, 06 and 08, as harness/cases.h lists them.
BY_CASES := $(TEXT) $(addprefix steps/06_sample/,sample.c random.c) $(addprefix \
            steps/08_train/,clip.c schedule.c batch.c trainer.c) harness/subject_cases.c harness/die.c
PROGRAM  := $(wildcard steps/program*.c) steps/06_sample/random.c
MAINS    := $(wildcard steps/[0-9]*/main.c)
PROGRAMS := $(MAINS:steps/%/main.c=$(BUILD)/%)

# What the step programs need of the harness: files, and how to give up.
FILES    := $(addprefix harness/,$(addprefix files/,store.c box.c dump_store.c part.c model.c trace.c \
            vocabulary.c vocabulary_write.c model_write.c) guard.c load.c partial.c partial_run.c execute.c words.c die.c)
# What the checker takes of the steps, beside the tokenizer.
TABLES   := steps/graph.c steps/table.c steps/06_sample/random.c
CHECKER  := $(patsubst %,harness/%/*.c,bench cases diagnosis exercise files import mutants)
HARNESS  := $(filter-out harness/subject.c harness/subject_cases.c %/width.c,$(wildcard harness/*.c $(CHECKER)))
TESTS    := $(patsubst harness/tests/%.c,$(BUILD)/tests/%,$(wildcard harness/tests/test_*.c)) \
            $(BUILD)/tests/broken.so

object    = $(patsubst %.c,$(BUILD)/$(1)/%.o,$(2))

.PHONY: all tests help setup setup-goldens setup-tiny setup-dev check check-san test \
        test-all-floats bench report size goldens tiny clean
.DELETE_ON_ERROR:

all: $(BUILD)/touchstone $(PROGRAMS)

help:
	@echo 'make setup      installs what is missing to build and check (once)'
	@echo 'make            builds everything under build/'
	@echo 'make check      every committed golden, every subject, every tensor; results in $(OUT)/'
	@echo 'make check-03   the same for one step, 00 to 08; SUBJECT=f64 or a path with a /,'
	@echo '                MODEL=gpt2-a one model'
	@echo 'make check-03 SUBJECT=exercise  marks what you wrote; make progress: all of it;'
	@echo '                make bug-03: find the mistake'
	@echo 'make test       the tests of the project itself, and check'
	@echo 'make report     plots the errors of the last check, and one page, in $(OUT)/'
	@echo 'make bench      times every op beside the limits of the machine, into $(OUT)/;'
	@echo '                LIKE=gpt2-medium SUBJECT=scalar,./mine.so THREADS=1'
	@echo 'make test-all-floats  exp and tanh of the fast subjects on all 2^32 floats, minutes'
	@echo 'make mutants    builds the known mistakes and shows that each is caught'
	@echo 'make check-san  check and test under the sanitizers, check under valgrind too'
	@echo 'make quiz       asks the flashcards of the course; CHAPTER=03. make cards: a file for Anki'
	@echo 'make book       the course as one file, $(OUT)/book.html (make setup-book: pandoc)'
	@echo 'make docs       writes flashcards into the chapters; make pictures draws theirs'
	@echo 'make size       time and memory of compare by size, into $(OUT)/; MOST=1GB stops there'
	@echo 'make goldens    makes the goldens again and compares them with the committed ones'
	@echo 'make tiny       trains gpt1-tiny and gpt2-tiny again, into $(OUT)/tiny/'
	@echo 'make setup-tiny installs what tiny needs: the text, Debian'"'"'s bible-kjv-text'
	@echo 'make setup-goldens  installs what goldens needs: Python, PyTorch, h5py'
	@echo 'make setup-dev  installs what check-san and CC=clang need: valgrind, clang'
	@echo 'make clean      removes build/ and $(OUT)/'

setup:
	@sh harness/setup.sh build

setup-goldens:
	@sh harness/setup.sh goldens

setup-tiny:
	@sh harness/setup.sh tiny

setup-dev:
	@sh harness/setup.sh dev

# ---------------------------------------------------------------- the subjects
# The same sources once for each `real`; only touchstone_subject can be seen. A fast
# subject has files of harness/avx2/ in place of those of the same name; they alone are
# compiled for the machine's vectors and with threads.

TWINS     = $(filter-out $(addprefix %/,$(notdir $(wildcard harness/avx2/*.c))),$(1)) \
            $(filter-out %/exercise.c,$(wildcard harness/avx2/*.c))
STEPS_OF  = $(OPS) $(WIRING) $(BY_CASES) harness/subject.c
OPENMP   := $(shell echo 'int main(void) { return 0; }' | \
            $(CC) -fopenmp -x c -o /dev/null - 2>/dev/null && echo -fopenmp)
ifeq ($(OPENMP),)
$(info $(CC) has no OpenMP here: the fast subjects will use one thread)
OPENMP   := -Wno-unknown-pragmas
endif

define subject
$(BUILD)/$(1)/%.o: %.c
	@mkdir -p $$(@D)
	$$(CC) $$(ALL_C) -DREAL=$(2) -DSUBJECT=$(1) -fPIC -fvisibility=hidden $$(VECTORS) -c -o $$@ $$<

$(BUILD)/$(1)/harness/avx2/%.o: VECTORS = $(4) $$(OPENMP)

$(BUILD)/subjects/$(1).so: $(call object,$(1),$(3))
	@mkdir -p $$(@D)
	$$(CC) $$(SAN) -shared -o $$@ $$^ $(if $(4),$$(OPENMP)) -lm
SUBJECTS += $(BUILD)/subjects/$(1).so
endef
# UBSan on 14 unrolled rows takes gcc two minutes: it sees the same sources as avx2.
# A speed-up over scalar means the same whatever the compiler would have vectorised.
$(BUILD)/scalar/%.o: VECTORS = -fno-tree-vectorize
$(eval $(call subject,scalar,float,$(STEPS_OF)))
$(eval $(call subject,f64,double,$(STEPS_OF)))
$(eval $(call subject,avx2,float,$(call TWINS,$(STEPS_OF)),-mavx2 -mfma -mprfchw))
$(eval $(call subject,avx512,float,$(call TWINS,$(STEPS_OF)),-mavx2 -mfma -mprfchw -mavx512f -mavx512dq -mavx512bw -mavx512vl -fno-sanitize=undefined))
# What the compiler makes of the same source at its best; only bench has a use for it.
BUILT    := $(SUBJECTS)
$(eval $(call subject,scalar-O3,float,$(STEPS_OF)))
$(BUILD)/scalar-O3/%.o: VECTORS = -O3
SUBJECTS := $(BUILT)

# ----------------------------------------------------------------- the programs

$(BUILD)/harness/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_C) $(LIB_C) -DREAL=double -c -o $@ $<

$(BUILD)/touchstone: $(call object,harness,$(HARNESS) $(TEXT) $(TABLES)) | $(SUBJECTS)
	$(CC) $(SAN) -o $@ $^ $(HDF5) $(JANSSON) $(ZIP) -ldl -lm

SCALAR := $(call object,scalar,$(OPS) $(WIRING) $(PROGRAM) $(TEXT)) $(call object,harness,$(FILES))

define program
$(BUILD)/$(1): $(BUILD)/scalar/steps/$(1)/main.o $(SCALAR) \
		$(call object,scalar,$(filter-out $(OPS) $(TEXT) $(PROGRAM),$(call sources,$(1))))
	$$(CC) $$(SAN) -o $$@ $$^ $$(HDF5) $$(JANSSON) -ldl -lm
endef
$(foreach m,$(MAINS),$(eval $(call program,$(m:steps/%/main.c=%))))

# ------------------------------------------------------------------- the checks

CHECK = $(BUILD)/touchstone check --fixtures fixtures \
	$(if $(MODEL),--only $(MODEL)) $(if $(SUBJECT),--subject $(SUBJECT))

check: all
	@mkdir -p $(OUT)
	@$(CHECK) --tsv $(OUT)/check.tsv --json $(OUT)/check.json --junit $(OUT)/check.xml

check-%: all $(if $(filter exercise,$(SUBJECT)),built-exercise-%)
	@$(CHECK) --step $*

check-san:
	@BUILD=$(BUILD)/san CC=$(CC) sh harness/tests/check_san.sh

tests: all $(TESTS)

test: tests
	@BUILD=$(BUILD) CC=$(CC) sh harness/tests/run.sh

# What each test program is made of.
include harness/tests/tests.mk harness/mutants/correct/correct.mk

# The known mistakes, and the command that shows that each is caught; the course, its exercises.
include harness/mutants/mutants.mk docs/docs.mk steps/exercises.mk

bench: all $(BUILD)/subjects/scalar-O3.so
	@BUILD=$(BUILD) SUBJECT=$(SUBJECT) LIKE=$(LIKE) THREADS=$(THREADS) \
		sh reports/speed.sh measure $(OUT)

report: all $(if $(wildcard $(OUT)/check.tsv),,check)
	@BUILD=$(BUILD) sh reports/report.sh $(OUT)

goldens:
	@sh ref/goldens.sh $(CASES)

tiny: all
	@BUILD=$(BUILD) sh fixtures/tiny/train.sh $(OUT)/tiny

clean:
	rm -rf $(BUILD) $(OUT)

# With setup on the same command line nothing starts before it is done.
ifneq ($(filter setup,$(MAKECMDGOALS)),)
$(call object,scalar,$(wildcard steps/*.c steps/*/*.c) harness/subject.c): | setup
$(call object,f64,$(OPS) $(WIRING) harness/subject.c): | setup
$(call object,harness,$(HARNESS)): | setup
endif

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
