# exercises.mk: builds the exercises, when they are asked for, and never writes to them. Read by
# the Makefile.
#
# $(BUILD)/subjects/exercise-NN.so has the functions of steps/NN_*/exercise.c, in double;
# exercise-NN-float.so in float. What they call besides comes out of an archive of the other
# steps' objects, which stay hidden: so an exercise needs no other one. A mistake in one breaks
# nothing else; warnings are warnings.

EXERCISES := 00 01 02 03 04 05 06 07 08 avx2

# The files of which the exercise takes the place.
FOLDER_00   := steps/00_ingredients
INSTEAD_00  := add softmax gelu linear layernorm
FOLDER_01   := steps/01_tokenize
INSTEAD_01  := alphabet bpe split detokenize tokenize
FOLDER_02   := steps/02_embed
INSTEAD_02  := embed
FOLDER_03   := steps/03_attention
INSTEAD_03  := attention
FOLDER_04   := steps/04_mlp
INSTEAD_04  := mlp
FOLDER_05   := steps/05_unembed
INSTEAD_05  := unembed loss
FOLDER_06   := steps/06_sample
INSTEAD_06  := sample random
FOLDER_07   := steps/07_backprop
INSTEAD_07  := add_backward gelu_backward linear_backward loss_backward unembed_backward \
               layernorm_backward attention_backward embed_backward backward
FOLDER_08   := steps/08_train
INSTEAD_08  := adamw clip schedule
FOLDER_avx2  := harness/avx2
INSTEAD_avx2 := gelu layernorm
instead      = $(INSTEAD_$(1):%=$(FOLDER_$(1))/%.c)

EXERCISE_C = $(ALL_C) -Wno-unused-parameter -fPIC
# A learner is warned; what is shipped has no warning (exercises.sh).
LEARNER_C  = -Wno-error
double_C   = -DREAL=double
float_C    = -DREAL=float -fno-tree-vectorize
avx2_REAL_C = -DREAL=float -mavx2 -mfma $(OPENMP)
HELP_double := $(call object,f64,$(filter-out harness/subject%,$(STEPS_OF)))
HELP_float  := $(HELP_double:$(BUILD)/f64/%=$(BUILD)/scalar/%)
HELP_avx2_REAL := $(filter-out %/exercise.o,$(call object,avx2,$(filter-out harness/subject%,$(call TWINS,$(STEPS_OF)))))
helpers      = $(filter-out $(patsubst %.c,$(BUILD)/%.o,$(foreach b,f64 scalar avx2,$(addprefix $b/,$(call instead,$(1))))),$(HELP_$(2)))

# Arguments: step, precision, ending. What all variants of an exercise are linked with.
define exercise
E := $(BUILD)/exercises/$(1)$(3)
$$(E)/exercise.o: $(FOLDER_$(1))/exercise.c
	@mkdir -p $$(@D)
	@rm -f $$@ $(BUILD)/subjects/exercise-$(1)$(3).so
	@$$(CC) $$(EXERCISE_C) $$($(2)_C) $$(LEARNER_C) $(if $(3),-w) -c -o $$@ $$<

# The compiler says everything once.
$(if $(3),$$(E)/exercise.o: | $(BUILD)/exercises/$(1)/exercise.o)

$$(E)/told.o: steps/exercise.c
	@mkdir -p $$(@D)
	@$$(CC) $$(EXERCISE_C) $$($(2)_C) -c -o $$@ $$<

$$(E)/width.o: harness/exercise/width.c
	@mkdir -p $$(@D)
	@$$(CC) $$(EXERCISE_C) $$($(2)_C) -c -o $$@ $$<

# The rest of a file that the exercise replaces in part.
$$(E)/rest_%.o: $(FOLDER_$(1))/%.c
	@mkdir -p $$(@D)
	@$$(CC) $$(EXERCISE_C) $$($(2)_C) -fvisibility=hidden $$(REST_C) -c -o $$@ $$<

$$(E)/helpers.a: $(call helpers,$(1),$(2)) $(if $(filter 01,$(1)),$$(E)/rest_split.o)
	@mkdir -p $$(@D)
	@rm -f $$@
	@$$(AR) rc $$@ $$^

$(BUILD)/subjects/exercise-$(1)$(3).so: $$(E)/exercise.o $$(E)/told.o $$(E)/width.o $$(E)/helpers.a
	@mkdir -p $$(@D)
	@$$(CC) $$(SAN) -shared -o $$@ $$^ $(if $(filter avx2,$(1)),$$(OPENMP)) -lm

# The step's own code as if it were an exercise: for the tests.
$$(E)/solved/%.o: $(FOLDER_$(1))/%.c
	@mkdir -p $$(@D)
	@$$(CC) $$(EXERCISE_C) $$($(2)_C) -c -o $$@ $$<

SOLVED_$(1)$(3) := $(INSTEAD_$(1):%=$(BUILD)/exercises/$(1)$(3)/solved/%.o)
$(BUILD)/exercises/$(1)-solved$(3).so: $$(SOLVED_$(1)$(3)) $$(E)/told.o $$(E)/width.o $$(E)/helpers.a
	@$$(CC) $$(SAN) -shared -o $$@ $$^ $(if $(filter avx2,$(1)),$$(OPENMP)) -lm
EXERCISES_SOLVED += $(BUILD)/exercises/$(1)-solved$(3).so

built-exercise-$(1): $(BUILD)/subjects/exercise-$(1)$(3).so
endef
REST_C = -Dsplit_gpt2=rest_of_split_gpt2
$(foreach n,$(filter-out avx2,$(EXERCISES)),$(eval $(call exercise,$n,double,)) $(eval $(call exercise,$n,float,-float)))
$(eval $(call exercise,avx2,avx2_REAL,))

# A known mistake made in the exercise. Arguments: id, file without .c, step, precision, ending.
define exercise_mistake
$(BUILD)/exercises/$(3)$(5)/$(1).o: $(BUILD)/mutants/$(1)/$(FOLDER_$(3))/$(2).c
	@$$(CC) $$(EXERCISE_C) $$($(4)_C) -I$(FOLDER_$(3)) -c -o $$@ $$<

$(BUILD)/exercises/$(1)$(5).so: $(BUILD)/exercises/$(3)$(5)/$(1).o \
		$(filter-out %/solved/$(2).o,$(SOLVED_$(3)$(5))) \
		$(addprefix $(BUILD)/exercises/$(3)$(5)/,told.o width.o helpers.a)
	@$$(CC) $$(SAN) -shared -o $$@ $$^ $(if $(filter avx2,$(3)),$$(OPENMP)) -lm
EXERCISES_MISTAKEN += $(BUILD)/exercises/$(1)$(5).so
EXERCISE_MISTAKES += $(3):$(1):$(4)
endef
step_of_file = $(strip $(foreach n,$(EXERCISES),$(if $(filter $(1),$(call instead,$n)),$n)))
mistake_in   = $(if $(2),$(eval $(call exercise_mistake,$(1),$(3),$(2),$(if $(filter avx2,$(2)),avx2_REAL,double),)) \
               $(if $(filter scalar,$(4)),$(eval $(call exercise_mistake,$(1),$(3),$(2),float,-float))))
$(foreach m,$(MUTANTS),$(call mistake_in,$(call word_of,$m,1),$(call step_of_file,$(call word_of,$m,2)),$(basename $(notdir $(call word_of,$m,2))),$(call word_of,$m,3)))

.PHONY: progress bug exercises-built $(EXERCISES:%=built-exercise-%) $(EXERCISES:%=bug-%)
exercises-built: $(EXERCISES_SOLVED) $(EXERCISES_MISTAKEN)
	@echo $(sort $(EXERCISE_MISTAKES)) | tr ' ' '\n' > $(BUILD)/exercises/mistakes

tests: exercises-built

progress: $(BUILD)/touchstone
	@$(MAKE) -s -k $(EXERCISES:%=built-exercise-%) > /dev/null 2>&1 || true
	@$(BUILD)/touchstone exercise

# Two or three files a step with a mistake to be found by reading.
BUGS_00 := ln-no-mean gelu-typo linear-bias-first-token
BUGS_01 := tok-highest-rank tok-space-run tok-inverse-map
BUGS_02 := emb-pos-first-text emb-wrong-text
BUGS_03 := attn-mask-late attn-qkv-order attn-merge-reshape
BUGS_04 := mlp-gelu-twice mlp-first-token
BUGS_05 := loss-bits out-scaled loss-shifted-twice
BUGS_06 := smp-topk-last smp-topp-excl
BUGS_07 := bwd-ln-mean-twice bwd-repeated bwd-dv-transposed
BUGS_08 := opt-eps-inside rate-whole clip-no-root
N ?=
$(EXERCISES:%=bug-%): bug-%:
	@BUILD=$(BUILD) sh harness/exercise/bug.sh $* "$(N)" "$(SHOW)" $(BUGS_$*)
bug:
	@$(if $(STEP),$(MAKE) -s bug-$(STEP),echo 'bug: of which step? make bug-03' >&2; exit 2)
