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
    # Before the trainings, of which none depends on it.
    priority: 10
    conda:
        "../../environment.yml"
    threads: plan.cores
    resources:
        mem_mb=plan.resources.of_training,
        runtime=plan.resources.minutes(60),
        gpu=plan.resources.gpus,
    params:
        settings=plan.settings("forecast"),
        checkpoints=plan.places.of_run("checkpoints"),
    shell:
        plan.command("forecast")
