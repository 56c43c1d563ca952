# What a job asks a cluster for. Sizes of files stand for the sizes of scenes: a look at a file costs nothing, also for
# tens of thousands of jobs, and a guess that was too small is made good by the next attempt (`retries:` of the profile).
OVERHEAD = 500  # MB: Snakemake itself takes 270 inside a job of a cluster


def memory(fixed, per_input=0, per_thread=0):
    """MB that a job may use, growing with the attempt: `fixed`, and more per MB of input files and per thread."""

    def of_job(wildcards, input, threads, attempt):
        sized = per_input * megabytes(input) if per_input else 0
        return OVERHEAD + attempt * round(fixed + sized + per_thread * threads)

    return of_job


def minutes(fixed, per_input=0):
    """Minutes that a job may take, growing with the attempt: `fixed`, and more per MB of input files."""

    def of_job(wildcards, input, attempt):
        return attempt * round(fixed + (per_input * megabytes(input) if per_input else 0))

    return of_job


def megabytes(paths):
    """Size of all files. Where one is not made yet, as in a dry run, Snakemake shows the resource as <TBD>."""
    return sum(map(os.path.getsize, paths)) / 1e6


def gpus(wildcards):
    """One for a network of layers, none for methods of single pixels. Where no job gets one, the processor is used."""
    return 1 if wildcards.network in WITH_LAYERS else 0
