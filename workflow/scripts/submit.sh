#!/usr/bin/env bash
# Submits a batch to SLURM: learn once, map the scenes as an array of shards, gather whatever has finished.
# Run again with the same words, it takes up what is missing.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: submit.sh [--dry-run] CONFIGFILE SHARDS

  1. learn    one job, `snakemake ... -- learn`: models, engines, parameters
  2. map      an array of SHARDS jobs, each a Snakemake over every SHARDS-th scene; starts when 1 has succeeded
  3. gather   one job: the report and the collection of all finished scenes; starts when 2 has ended, however

Run it where snakemake is at hand (`source .venv/bin/activate`), in the folder that paths of the configuration are
relative to. Options of the site (partition, account) for all three: the variables SBATCH_PARTITION, SBATCH_ACCOUNT and
so on, as sbatch reads them. Options of one step, as they are written after sbatch:

  LEARN_OPTIONS    e.g. "--partition=gpu --gpus=1 --cpus-per-task=8 --mem=32G --time=12:00:00"
  MAP_OPTIONS      e.g. "--cpus-per-task=16 --mem=32G --time=08:00:00 --requeue"
  GATHER_OPTIONS   e.g. "--mem=16G"
  AT_ONCE          how many shards run at the same time (50 if not given)
  SNAKEMAKE_OPTIONS  for the Snakemake of every step, e.g. "--software-deployment-method conda"
  LEARN_EXECUTOR   e.g. "--executor slurm --jobs 20": learning as jobs of its own, which the job of step 1 only submits
TEXT
}

# Words of a shell, so that a path with spaces stays one.
quote() { printf '%q ' "$@"; }

dry_run=false
if [ "${1:-}" = --dry-run ]; then
    dry_run=true
    shift
fi
if [ $# -ne 2 ] || ! [[ $2 =~ ^[1-9][0-9]*$ ]]; then
    usage >&2
    exit 2
fi
configfile=$1
shards=$2
if ! [ -f "$configfile" ]; then
    echo "submit.sh: there is no file $configfile" >&2
    exit 1
fi
if ! snakemake=$(command -v snakemake); then
    echo "submit.sh: there is no snakemake on the PATH; activate its environment first" >&2
    exit 1
fi
snakefile=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/Snakefile
logs=logs/batch

# What a job was given must not reach the jobs that are submitted from it.
forget='for name in ${!SLURM_*}; do [ "$name" = SLURM_CONF ] || unset "$name"; done'
eval "$forget"

run="exec $(quote "$snakemake" --snakefile "$snakefile" --configfile "$configfile")${SNAKEMAKE_OPTIONS:-}"
cores='--cores "${SLURM_CPUS_PER_TASK:-${SLURM_CPUS_ON_NODE:-1}}"'
if [ -n "${LEARN_EXECUTOR:-}" ]; then
    learn="$forget; $run $LEARN_EXECUTOR -- learn"
else
    learn="$run $cores -- learn"
fi
map="$run $cores --config shard=\"\$SLURM_ARRAY_TASK_ID/$shards\""
gather="$run $cores --config gather=true"

# submit NAME SCRIPT OPTIONS...: prints the id of the job.
submit() {
    local name=$1 script=$'#!/usr/bin/env bash\n'$2 id
    shift 2
    local command=(sbatch --parsable "--job-name=rs-seg-$name" "$@")
    if $dry_run; then
        printf '%s<<"END"\n%s\nEND\n\n' "$(quote "${command[@]}")" "$script" >&2
        echo "ID_OF_${name^^}"
    else
        id=$("${command[@]}" <<<"$script") || return 1
        echo "${id%%;*}" # where there are several clusters, sbatch adds the name of one
    fi
}

$dry_run || mkdir -p "$logs"
# shellcheck disable=SC2086  # options are words
learning=$(submit learn "$learn" "--output=$logs/%j-learn.log" ${LEARN_OPTIONS:-})
# shellcheck disable=SC2086
mapping=$(submit map "$map" "--output=$logs/%A-map-%a.log" "--array=1-$shards%${AT_ONCE:-50}" \
    "--dependency=afterok:$learning" --kill-on-invalid-dep=yes ${MAP_OPTIONS:-})
# shellcheck disable=SC2086
gathering=$(submit gather "$gather" "--output=$logs/%j-gather.log" "--dependency=afterany:$mapping" ${GATHER_OPTIONS:-})

if ! $dry_run; then
    cat <<TEXT
learn   $learning
map     $mapping ($shards shards)
gather  $gathering

watch:  squeue --jobs $learning,$mapping,$gathering
        tail -F $logs/*
stop:   scancel $learning $mapping $gathering
TEXT
fi
