# `make demo` and `make test` need Python 3.11, g++ and make, and set up everything else in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

SOURCES := setup.py pyproject.toml $(wildcard include/*) \
  $(wildcard libtsrt/* libtsrt/*/* tsrt/*.pyx tsrt/*.pxi tsrt/*.pxd)
CXX_FILES := $(wildcard include/* libtsrt/*.h libtsrt/*.cpp libtsrt/*/*.h libtsrt/*/*.cpp \
  tests/*/*.c tests/*/*.h tests/*/*.cpp tests/c/host/*.c \
  examples/*/*.c examples/*/*.cpp bench/*.h bench/*.c bench/*.cpp)
PYTHON_FILES := setup.py tsrt tests bench examples

SECONDS ?= 60

.PHONY: demo test lint format bench bench-compare bench-report languages sdk gpu-test clean
.PHONY: proof asan tsan fuzz damaged valgrind stress soak coverage

demo: $(VENV)/built
	python examples/demo/demo.py

test: $(VENV)/built
	pytest --numprocesses 2 --dist loadfile

# All of the next, and the table of docs/reliability.md; an hour on two cores.
proof: $(VENV)/built
	python tests/proofs.py

# The long proofs. Each ends with one line of JSON, which also lies in build/proof.
asan: $(VENV)/built
	python tests/checked.py asan

# Needs clang with its runtime libraries (on Debian: clang and libclang-rt-14-dev).
fuzz: $(VENV)/built
	python tests/fuzz/run.py --seconds $(SECONDS)
	python tests/fuzz/python.py --seconds $(SECONDS)

damaged: $(VENV)/built
	python tests/damaged.py --archives $(or $(ARCHIVES),10000)

coverage: $(VENV)/built
	python tests/checked.py coverage

# Everything at once in eight threads: `make stress SECONDS=300`.
stress: $(VENV)/built
	python tests/stress.py $(SECONDS)

# The same and more under ThreadSanitizer, and whether it would find a lock that is missing.
tsan: $(VENV)/installed
	python tests/tsan.py $(SECONDS)

# A million calls and ten thousand loads with flat memory.
soak: $(VENV)/built
	python tests/soak.py

lint: $(VENV)/built
	ruff check $(PYTHON_FILES)
	ruff format --check $(PYTHON_FILES)
	clang-format --dry-run -Werror $(CXX_FILES)
	cython-lint --max-line-length 100 tsrt
	python -m mypy.stubtest tsrt --allowlist tests/stubtest.txt

format: $(VENV)/installed
	ruff check --fix-only --quiet $(PYTHON_FILES)
	ruff format $(PYTHON_FILES)
	clang-format -i $(CXX_FILES)

bench: $(VENV)/built
	pytest bench -q --benchmark-only --benchmark-autosave --benchmark-quiet
	python bench/report.py

# The last run of `make bench` as a page with plots, build/bench/report.html, and as the tables of
# README.md.
bench-report: $(VENV)/built
	python bench/page.py $(RUN)

# Holds a run against the last one that `make bench` saved, or `make bench-compare RUN=0003`.
bench-compare: $(VENV)/built
	pytest bench -q --benchmark-only --benchmark-group-by=fullname --benchmark-sort=name \
	  --benchmark-columns=min,median,iqr --benchmark-compare$(if $(RUN),=$(RUN))

# The C tests under memcheck; ten minutes. Without two: "load" has LibTorch read damaged archives
# unverified, where it uses memory that it has not filled; "objects" makes circles of objects, which
# LibTorch never frees.
valgrind: $(VENV)/built
	OMP_NUM_THREADS=1 TSRT_RUN_UNDER="valgrind --quiet --error-exitcode=9 --num-callers=30 \
	  --leak-check=full --errors-for-leak-kinds=definite,indirect,possible \
	  --suppressions=tests/valgrind.supp" pytest tests/test_c.py -k "test_program and gcc and not load and not objects"

# What a call costs in each language, side by side: printed, and written into docs/languages.md.
languages: $(VENV)/built
	python bench/languages.py --write

# An archive for those without Python: headers, library, CMake and pkg-config files, examples. It
# wants LibTorch unpacked beside it, as ../libtorch.
SDK = tsrt-$(shell python -m tsrt config --version)-torch$(shell python -m tsrt config --torch-version)-linux-$(shell uname -m)
sdk: $(VENV)/built
	rm -rf build/sdk
	cmake --install build/libtsrt --prefix build/sdk/$(SDK)
	git -c tar.umask=022 archive HEAD LICENSE examples ':!examples/demo' | tar -x -C build/sdk/$(SDK)
	tar -czf build/$(SDK).tar.gz --owner=0 --group=0 -C build/sdk $(SDK)
	@echo build/$(SDK).tar.gz

# On a machine with a GPU: builds against the torch that its Python has, in place.
gpu-test:
	$(PYTHON) -m pip install --no-build-isolation --no-deps --editable .
	$(PYTHON) -m pytest tests/test_cuda.py
	$(PYTHON) bench/gpu.py

clean:
	rm -rf $(VENV) build dist *.egg-info tsrt/lib tsrt/include tsrt/_core.c tsrt/*.so

$(VENV)/installed: requirements-dev.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet -r requirements-dev.txt
	touch $@

$(VENV)/built: $(VENV)/installed $(SOURCES)
	$(BIN)/pip install --quiet --no-build-isolation --no-deps --editable .
	touch $@
