# What a job asks a cluster for, by the size of its scene where the scene table says it, and by sizes of files: a look at a
# file costs nothing, also for tens of thousands of jobs, and a guess that was too small is made good by the next attempt
# (`retries:` of the profile).
OVERHEAD = 500  # MB: Snakemake itself takes 270 inside a job of a cluster


def memory(fixed, per_input=0, per_width=0, per_thread=0, of=None):
    """MB that a job may use, growing with the attempt: `fixed`, and more per MB of input files, or of those named `of`.

    What reads a scene by rows or blocks needs more per width instead, which is the root of the size: that of the pixels
    where it is known, because a file of gigapixels may have few bytes, or that of the files where they are larger.
    """

    def of_job(wildcards, input, threads, attempt):
        size = megabytes(input, of) if per_input or per_width else 0
        width = max(size, megapixels(wildcards) if per_width else 0) ** 0.5
        return OVERHEAD + attempt * round(fixed + per_input * size + per_width * width + per_thread * threads)

    return of_job


def megapixels(wildcards):
    """Millions of pixels of all bands of the scene of a job, of one byte each; 0 where nothing says."""
    if not wildcards.get("scene"):
        return 0
    scene = RUN.scene(wildcards["scene"])
    side = RUN.simulate.size if scene.simulate is not None else 0
    return (scene.height or side) * (scene.width or side) * len(RUN.bands) / 1e6


def minutes(fixed, per_input=0, of=None):
    """Minutes that a job may take, growing with the attempt: `fixed`, and more per MB of input files."""

    def of_job(wildcards, input, attempt):
        return attempt * round(fixed + (per_input * megabytes(input, of) if per_input else 0))

    return of_job


def megabytes(input, of=None):
    """Size of all files, or of those of one name. Where one is not made yet, Snakemake shows the resource as <TBD>."""
    paths = input if of is None else getattr(input, of)
    return sum(map(os.path.getsize, [paths] if isinstance(paths, str) else paths)) / 1e6


def gpus(wildcards):
    """One for a network of layers, none for methods of single pixels. Where no job gets one, the processor is used."""
    return 1 if wildcards.network in WITH_LAYERS else 0
