#!/bin/sh
# A real SLURM of one node for the tests: Debian's packages, no systemd, no cgroups, no database. Installs what is missing,
# starts what is not running, and waits until the node is idle. Needs root. Says why it cannot; a configuration that it did
# not write is left alone. Exit status 0: SLURM is there, with the partitions of these tests.
set -u
# What the tests count on, whatever the machine is: the node is told that it has this.
cpus=4 memory=64000 gpus=2
etc=/etc/slurm
mark="# Written by tests/slurm/start.sh of rs_seg: a SLURM of one node, for tests only."
host=$(uname -n | cut -d. -f1)

say() { echo "test-slurm: $*"; }

write_configuration() {
    install -d "$etc" /var/spool/slurm/ctld /var/spool/slurm/d /var/log/slurm
    cat >"$etc/slurm.conf" <<END
$mark
ClusterName=rs_seg_tests
SlurmctldHost=$host
SlurmUser=root
SlurmctldPidFile=/run/slurmctld.pid
SlurmdPidFile=/run/slurmd.pid
StateSaveLocation=/var/spool/slurm/ctld
SlurmdSpoolDir=/var/spool/slurm/d
SlurmctldLogFile=/var/log/slurm/slurmctld.log
SlurmdLogFile=/var/log/slurm/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
AccountingStorageType=accounting_storage/none
# Memory is enforced without cgroups: slurmd looks once a second, and kills what has more than it asked for.
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
JobAcctGatherParams=OverMemoryKill
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=2,sched_min_interval=0
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
# A requeued job waits as long before it starts again: two minutes by default.
AuthInfo=cred_expire=15
ReturnToService=2
MinJobAge=3600
KillWait=5
GresTypes=gpu
SlurmdParameters=config_overrides
NodeName=$host NodeAddr=127.0.0.1 CPUs=$cpus RealMemory=$memory Gres=gpu:$gpus
PartitionName=cpu Nodes=$host Default=YES PriorityTier=10 PreemptMode=OFF
PartitionName=gpu Nodes=$host PriorityTier=10 PreemptMode=OFF
PartitionName=spot Nodes=$host PriorityTier=1 PreemptMode=REQUEUE
END
    # Pretended GPUs: any two devices that are there.
    printf '%s\nNodeName=%s Name=gpu Count=%s File=/dev/zero,/dev/full\n' "$mark" "$host" "$gpus" >"$etc/gres.conf"
}

start_munge() {
    munge -n >/dev/null 2>&1 && return
    install -d -o munge -g munge -m 755 /run/munge /var/log/munge
    [ -s /etc/munge/munge.key ] || {
        dd if=/dev/urandom of=/etc/munge/munge.key bs=128 count=1 2>/dev/null
        chown munge: /etc/munge/munge.key
        chmod 400 /etc/munge/munge.key
    }
    runuser -u munge -- munged
    wait_for "munge -n"
}

# The first argument, a command, succeeds within twenty seconds.
wait_for() {
    for _ in $(seq 100); do
        sh -c "$1" >/dev/null 2>&1 && return 0
        sleep 0.2
    done
    return 1
}

is_running() { kill -0 "$(cat "/run/$1.pid" 2>/dev/null)" 2>/dev/null; }

start_daemons() {
    start_munge || return 1
    is_running slurmctld || slurmctld || return 1
    is_running slurmd || slurmd || return 1
    wait_for "sinfo --noheader --states=idle,mixed,allocated --format=%N | grep -qx '$host'"
}

[ "$(id -u)" -eq 0 ] || { say "only root may install and start SLURM"; exit 1; }
[ ! -e "$etc/slurm.conf" ] || grep -qxF "$mark" "$etc/slurm.conf" || {
    say "$etc/slurm.conf is not of these tests and is left alone"
    exit 1
}
"$(dirname "$0")/install.sh" || exit 1
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# SLURM finds its node by this name.
getent hosts "$host" >/dev/null || echo "127.0.0.1 $host" >>/etc/hosts
is_running slurmctld || write_configuration
start_daemons >"$log" 2>&1 || {
    say "SLURM could not be started:"
    cat "$log"
    tail -n 5 /var/log/slurm/slurmctld.log /var/log/slurm/slurmd.log 2>/dev/null
    exit 1
}
exit 0
