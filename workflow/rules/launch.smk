# How the job that may run in several processes starts them: one for each GPU of the job.


def launched(stage):
    """The beginning of the shell command of a rule with `start` among its params."""
    return command(stage).replace("rs-seg", "{params.start}", 1)


def processes(resources):
    """Number of processes: the tasks of an MPI job, else the GPUs of the job, and at least one."""
    if resources.get("mpi"):
        return resources.get("tasks") or resources.get("tasks_per_node") * resources.get("nodes", 1)
    return max(1, resources.get("gpu", 0))


def start(wildcards, threads, resources):
    """What runs `rs-seg`, in one process or in several. It is no part of what Snakemake compares: it reads resources.

    `torchrun` starts the processes of one machine, also inside a SLURM job; without `--` it would take `--log` for an option
    of its own. With the resource `mpi: srun` the SLURM plugin
    leaves it to the job to start its tasks, on one or several nodes; `--wait=0`, because the first process has more to do
    when the others are done.
    """
    count = processes(resources)
    if resources.get("mpi"):
        options = f"--ntasks={count} --cpus-per-task={threads} --kill-on-bad-exit=1 --wait=0"
        return f"{resources.mpi} {options} python -m rs_seg"
    if count > 1:
        return f"python -m torch.distributed.run --standalone --nproc-per-node={count} -m -- rs_seg"
    return "rs-seg"


def threads_of_each(wildcards, threads, resources):
    """Threads of each process: those of a task belong to it alone, those of a machine are shared."""
    return threads if resources.get("mpi") else max(1, threads // processes(resources))
