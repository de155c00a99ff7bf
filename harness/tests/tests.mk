# tests.mk: the test programs, and the parts of the steps and of the fast subject that
# some of them test by themselves. Read by the Makefile.

$(BUILD)/tests/broken.so: $(call object,f64,$(addprefix harness/tests/,broken.c damage.c))
	@mkdir -p $(@D)
	$(CC) $(SAN) -shared -o $@ $^ -ldl -lm

$(BUILD)/tests/%: $(BUILD)/harness/harness/tests/%.o \
		$(call object,harness,$(filter-out harness/touchstone.c,$(HARNESS)) $(TEXT) \
		$(TABLES) $(addprefix harness/tests/,tool.c damage.c small_model.c fast.c))
	@mkdir -p $(@D)
	$(CC) $(SAN) -o $@ $^ $(HDF5) $(JANSSON) $(ZIP) $(CMOCKA) $(THREADS) -ldl -lm

# The unit tests of step 06 need the ops that it is made of, here in double.
$(BUILD)/tests/test_sample: $(call object,harness,$(OPS) steps/forward.c \
		$(addprefix steps/06_sample/,sample.c stream.c))

# And those of step 08 its parts.
$(BUILD)/tests/test_optimise: $(call object,harness,$(addprefix steps/08_train/,adamw.c clip.c \
		schedule.c))
$(BUILD)/tests/test_training: $(call object,harness,$(addprefix steps/08_train/,batch.c clip.c \
		initial.c schedule.c))
$(BUILD)/tests/test_ngrams: $(call object,harness,$(addprefix steps/08_train/,ngram.c ngram_count.c))
$(BUILD)/tests/test_polynomial: $(call object,harness,steps/07_backprop/polynomial.c)

# Files that are larger than the memory.
$(BUILD)/tests/test_compare: | $(BUILD)/tests/large_golden

# The vector functions by themselves.
PARTS := $(call object,avx2,$(addprefix harness/avx2/,adamw.c attention_decode.c \
	attention_fused.c attention_fused_backward.c attention_rows.c attention_tiles.c gelu.c \
	gelu_backward.c fetch.c gemv.c layernorm.c layernorm_backward.c log_sum.c matmul.c \
	matmul_steps.c moments.c pack.c packed.c softmax.c threads.c tile.c))
PARTS_TESTS := $(addprefix $(BUILD)/tests/test_avx2_,attention ops products)
$(PARTS_TESTS): $(PARTS)
$(PARTS_TESTS): THREADS = $(OPENMP)
$(BUILD)/tests/test_avx2_ops: | $(BUILD)/tests/all_floats
$(BUILD)/avx2/harness/tests/all_floats.o: VECTORS = $(OPENMP)
$(BUILD)/avx2/harness/tests/vector_arrays.o: VECTORS = -mavx2 -mfma

$(BUILD)/tests/all_floats: $(call object,avx2,$(addprefix harness/tests/,all_floats.c \
		vector_arrays.c))
	@mkdir -p $(@D)
	$(CC) $(SAN) -o $@ $^ $(OPENMP) -lm

test-all-floats: $(BUILD)/tests/all_floats
	@$<

# Time and memory of compare by the size of a golden, up to 10 GB: it takes 20 minutes.
size: all $(BUILD)/tests/large_golden $(BUILD)/tests/measure
	@BUILD=$(BUILD) MOST=$(MOST) sh reports/size.sh measure $(OUT)
	@sh reports/size.sh draw $(OUT)
