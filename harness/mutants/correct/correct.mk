# correct.mk: subjects that are right in another way, for `make mutants` and the tests: no
# mistake may be named for them. Read by the Makefile. All are made of the scalar subject,
# which is called inner_subject inside.

CORRECT   := $(addprefix $(BUILD)/mutants/correct/,f16.so bf16.so tf32.so reversed.so)
CORRECT_C  = $(ALL_C) -DREAL=float -fPIC -fvisibility=hidden
INNER      = $(filter-out %/subject.o,$(call object,scalar,$(STEPS_OF))) \
             $(BUILD)/mutants/correct/inner.o $(BUILD)/mutants/correct/precision.o

.PHONY: correct
correct: $(CORRECT)
tests: $(CORRECT)

$(BUILD)/mutants/correct/inner.o: harness/subject.c
	@mkdir -p $(@D)
	$(CC) $(CORRECT_C) -DSUBJECT=scalar -Dtouchstone_subject=inner_subject -c -o $@ $<

$(BUILD)/mutants/correct/precision.o: harness/diagnosis/precision.c
	@mkdir -p $(@D)
	$(CC) $(CORRECT_C) -c -o $@ $<

$(BUILD)/mutants/correct/reversed.o: harness/mutants/correct/reversed.c
	@mkdir -p $(@D)
	$(CC) $(CORRECT_C) -c -o $@ $<

$(BUILD)/mutants/correct/%.o: harness/mutants/correct/rounded.c
	@mkdir -p $(@D)
	$(CC) $(CORRECT_C) -DROUNDED=$* -c -o $@ $<

$(CORRECT): $(BUILD)/mutants/correct/%.so: $(BUILD)/mutants/correct/%.o $(INNER)
	$(CC) $(SAN) -shared -o $@ $^ -lm
