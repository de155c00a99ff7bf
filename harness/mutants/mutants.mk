# mutants.mk: builds the known mistakes (harness/mutants/README.md). Read by the Makefile.
#
# A mistake is a subject or a program of which one source file is a copy with an edit:
# $(BUILD)/mutants/ID/FILE. All other objects are those that the right one is linked of.

# Words id:file:build:catalogue.
MUTANTS := $(shell awk -v list=1 -f harness/mutants/catalogue.awk \
             $(wildcard harness/mutants/*.mutants) || echo refused)
ifneq ($(filter refused,$(MUTANTS)),)
$(error harness/mutants: the catalogue of mistakes cannot be read)
endif

MUTANT_C  = $(ALL_C) -Wno-unused-parameter
SUBJECT_C = -fPIC -fvisibility=hidden

f64_C     = -DREAL=double -DSUBJECT=f64 $(SUBJECT_C)
scalar_C  = -DREAL=float -DSUBJECT=scalar $(SUBJECT_C) -fno-tree-vectorize
avx2_C    = -DREAL=float -DSUBJECT=avx2 $(SUBJECT_C) -mavx2 -mfma $(OPENMP)
touchstone_C = -DREAL=double $(LIB_C)

f64_PARTS    = $(call object,f64,$(STEPS_OF))
scalar_PARTS = $(call object,scalar,$(STEPS_OF))
avx2_PARTS   = $(call object,avx2,$(call TWINS,$(STEPS_OF)))
touchstone_PARTS = $(call object,harness,$(HARNESS) $(TEXT) $(TABLES))

# The object of the right source, in whose place the mistaken one is linked.
f64_RIGHT        = $(BUILD)/f64/$(1:.c=.o)
scalar_RIGHT     = $(BUILD)/scalar/$(1:.c=.o)
avx2_RIGHT       = $(BUILD)/avx2/$(1:.c=.o)
touchstone_RIGHT = $(BUILD)/harness/$(1:.c=.o)

# Arguments: id, file, build, catalogue.
define mutant_copy
$(BUILD)/mutants/$(1)/$(2): $(2) harness/mutants/$(4).mutants harness/mutants/apply.awk
	@mkdir -p $$(@D)
	@awk -v id=$(1) -f harness/mutants/apply.awk harness/mutants/$(4).mutants $(2) > $$@

$(BUILD)/mutants/$(1)/$(2:.c=.o): $(BUILD)/mutants/$(1)/$(2)
	@$$(CC) $$(MUTANT_C) $$($(3)_C) -I$(dir $(2)) -c -o $$@ $$<
endef

define mutant_subject
$(mutant_copy)

$(BUILD)/mutants/$(1).so: $(BUILD)/mutants/$(1)/$(2:.c=.o) \
		$(filter-out $(call $(3)_RIGHT,$(2)),$($(3)_PARTS))
	@echo 'mutant $(1)'
	@$$(CC) $$(SAN) -shared -o $$@ $$^ $(if $(filter avx2,$(3)),$$(OPENMP)) -lm
MUTANTS_BUILT += $(BUILD)/mutants/$(1).so
endef

# It finds the subjects beside itself.
define mutant_touchstone
$(mutant_copy)

$(BUILD)/mutants/$(1)/touchstone: $(BUILD)/mutants/$(1)/$(2:.c=.o) \
		$(filter-out $(call $(3)_RIGHT,$(2)),$($(3)_PARTS)) | $(SUBJECTS)
	@echo 'mutant $(1)'
	@$$(CC) $$(SAN) -o $$@ $$^ $$(HDF5) $$(JANSSON) $$(ZIP) -ldl -lm
	@ln -sfn ../../subjects $$(@D)/subjects
MUTANTS_BUILT += $(BUILD)/mutants/$(1)/touchstone
endef

mutant = $(if $(filter touchstone,$(3)),$(mutant_touchstone),$(mutant_subject))
word_of = $(word $(2),$(subst :, ,$(1)))
$(foreach m,$(MUTANTS),$(eval $(call mutant,$(call word_of,$m,1),$(call word_of,$m,2),$(call word_of,$m,3),$(call word_of,$m,4))))

# The index is there when all mistakes are.
$(BUILD)/mutants/catalogue.tsv: harness/mutants/catalogue.awk \
		$(wildcard harness/mutants/*.mutants) | $(MUTANTS_BUILT) $(CORRECT)
	@mkdir -p $(@D)
	@awk -f harness/mutants/catalogue.awk $(wildcard harness/mutants/*.mutants) > $@

# Not under a sanitizer: that would take longer than all else.
tests: $(if $(SAN),,$(BUILD)/mutants/catalogue.tsv)

.PHONY: mutants
mutants: $(BUILD)/touchstone $(BUILD)/mutants/catalogue.tsv $(MUTANTS_BUILT)
	@$(BUILD)/touchstone mutants
