#!/bin/sh
# Debian's packages of SLURM, where a program of them is missing.
for program in munged slurmctld slurmd sbatch srun; do
    command -v "$program" >/dev/null && continue
    exec "$(dirname "$0")/../debian.sh" test-slurm slurm-wlm slurm-wlm-basic-plugins munge
done
