#!/bin/sh
# The SLURM that start.sh has started is ended, with its jobs, and its state and configuration are removed; the packages stay.
grep -qs "Written by tests/slurm/start.sh of rs_seg" /etc/slurm/slurm.conf || exit 0
scancel --user=root 2>/dev/null
for daemon in slurmd slurmctld; do
    process=$(cat "/run/$daemon.pid" 2>/dev/null) || continue
    kill "$process" 2>/dev/null
    for _ in $(seq 50); do
        kill -0 "$process" 2>/dev/null || break
        sleep 0.2
    done
    rm -f "/run/$daemon.pid"
done
process=$(cat /run/munge/munged.pid 2>/dev/null) && kill "$process" 2>/dev/null
rm -rf /var/spool/slurm/ctld /var/spool/slurm/d /etc/slurm/slurm.conf /etc/slurm/gres.conf
exit 0
