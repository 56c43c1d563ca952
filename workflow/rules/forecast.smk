# What trainings will take, before they begin.


rule forecast:
    input:
        images=plan.labelled_images(),
        references=plan.references(),
        # Nothing where no detector is trained.
        outlines=plan.outlines() if plan.run.trained_detectors else [],
        # One for each training, which has a fold of its own.
        splits=plan.of_trainings(plan.places.split),
        statistics=plan.of_trainings(plan.places.statistics),
    output:
        forecast=plan.places.of_run("forecast.json"),
    log:
        plan.places.log("forecast"),
    benchmark:
        plan.places.benchmark("forecast")
    # Before the trainings, of which none depends on it, with a place that the first of them could have: one of all cores
    # would not be free until the last is done.
    priority: 10
    conda:
        "../../environment.yml"
    threads: plan.training_threads
    resources:
        mem_mb=plan.resources.of_training,
        runtime=plan.resources.minutes(60),
        gpu=plan.resources.gpus,
    params:
        settings=plan.settings("forecast"),
        checkpoints=plan.places.of_run("checkpoints"),
        # It tells how all cores are shared.
        threads=plan.all_cores,
    shell:
        plan.command("forecast", threads="{params.threads}")
