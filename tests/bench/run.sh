#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# All benchmarks, in the order of the road. Each prints what it measured; none passes or fails.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
cmake --build build --target bench_augment bench_step bench_bootstrap >/dev/null
echo "== augmentation beside torchvision"
/usr/bin/python3 tests/bench/augment_vs_torchvision.py build/bin/bench_augment
echo "== training step beside PyTorch"
/usr/bin/python3 tests/bench/step_vs_torch.py build/bin/bench_step
echo "== bootstrap"
build/bin/bench_bootstrap
