# A thin front over Meson: every word a person needs is here.
#   make            build build/detente
#   make demo       the exercise, three parties on loopback (installs what it needs)
#   make demo-check the same without a terminal; exit 0 only if all is as expected
#   make check      set up, build, run every test
#   make fuzz       libFuzzer on every target, TIME=60 seconds each (clang 14)
#   make bench      measure the line; one JSON line a figure
#   make bench-space   measure the index of volumes the same way
#   make install    prefix=/usr/local DESTDIR=
#   make uninstall  removes what the last install put there
prefix ?= /usr/local
B := build

all: $(B)/build.ninja
	@ninja -C $(B)

$(B)/build.ninja:
	@tools/setup.sh build
	@meson setup $(B) --prefix=$(prefix) --buildtype=release -Db_ndebug=false >$(B).log 2>&1 || { cat $(B).log; rm -rf $(B).log $(B); exit 1; }; rm -f $(B).log

setup:
	@tools/setup.sh check

check: setup
	@tools/check.sh

# The same million answers from gcc, clang, AArch64 and musl, at -O0 and -O3: some five minutes.
check-equal: setup
	@tools/geo-digest.sh
	@tools/geo-foreign.sh 1000000

fuzz: setup
	@tools/fuzz.sh $(or $(TIME),60)

# Results of the day are kept; FIGURES="line.bytes line.kill" for some only, QUICK=1 for short runs.
bench: all
	@ninja -C $(B) bench/line_bench bench/store_bench >/dev/null
	@bench/run.sh $(B) $(if $(QUICK),--quick) $(FIGURES)

bench-space: all
	@ninja -C $(B) bench/space_bench bench/alarm_bench bench/blind_bench >/dev/null
	@bench/space.sh $(B) $(if $(QUICK),--quick)

demo: all
	@tools/demo.sh

demo-check: all
	@tools/demo.sh check

clean:
	rm -rf $(B) build-check build-fuzz

# With the prefix of this call, whatever the build was configured for.
install: all
	@meson configure $(B) --prefix=$(prefix)
	@meson install -C $(B) --quiet

uninstall:
	@ninja -C $(B) uninstall

.PHONY: demo demo-check check-equal
.PHONY: all setup check fuzz bench bench-space clean install uninstall
