# Figures from test blocks without ground that a model saw, and all maps side by side.


rule evaluate:
    input:
        files=lambda wildcards: plan.evaluated_files(**wildcards),
        models=lambda wildcards: plan.models_of(wildcards.network),
        split=lambda wildcards: plan.of_fold(plan.places.split, wildcards.network),
    output:
        evaluation=plan.places.of_run("evaluation/{network}/{refinement}.json"),
    log:
        plan.places.log("evaluate"),
    benchmark:
        plan.places.benchmark("evaluate")
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=plan.resources.memory(1000, per_width=30),
        runtime=plan.resources.minutes(30, per_input=0.1),
    params:
        settings=plan.settings("evaluate"),
    shell:
        plan.command("evaluate")


rule match:
    input:
        files=plan.matched_files,
        outlines=plan.outlines(),
        models=plan.matched_models,
        split=lambda wildcards: plan.of_fold(plan.places.split, wildcards.detector),
    output:
        matches=plan.places.matches,
    log:
        plan.places.log("match"),
    benchmark:
        plan.places.benchmark("match")
    wildcard_constraints:
        # Polygons of maps are matched like the objects of detectors.
        detector=one_of([*plan.run.detectors, *plan.run.models]),
        suppression=one_of([*plan.run.suppressions, *plan.run.refinements]),
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=plan.resources.memory(1000, per_input=30),
        runtime=plan.resources.minutes(30, per_input=0.5),
    params:
        settings=plan.settings("match"),
    shell:
        plan.command("match")


rule describe:
    input:
        model=lambda wildcards: plan.model_file(wildcards.network),
        comparison=plan.if_labelled(plan.places.of_run("comparison.json")),
    output:
        card=plan.places.of_model("card.md"),
        item=plan.places.of_model("card.json"),
    log:
        plan.places.log("describe"),
    benchmark:
        plan.places.benchmark("describe")
    wildcard_constraints:
        # Detectors have cards like those of networks.
        network=one_of([*plan.run.models_with_file, *plan.run.detectors_with_file]),
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=plan.resources.memory(1000),
        runtime=plan.resources.minutes(30),
    params:
        settings=plan.settings("describe", plan.raw.given_model),
    shell:
        plan.command("describe")


rule compare:
    input:
        files=[
            *plan.per_map(plan.places.evaluation),
            *plan.copy_evaluations(),
            *plan.labelled_images(),
            *plan.references(),
            *plan.of_maps("classes.tif", plan.labelled),
            *plan.of_maps("changes.json", plan.labelled),
            *plan.models(),
            *plan.matches(),
            *plan.detector_models(),
        ],
        split=plan.of_fold(plan.places.split),
    output:
        table=plan.places.of_run("comparison.csv"),
        comparison=plan.places.of_run("comparison.json"),
        figure=plan.places.of_run("comparison.png"),
    log:
        plan.places.log("compare"),
    benchmark:
        plan.places.benchmark("compare")
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=plan.resources.memory(2000),
        runtime=plan.resources.minutes(60),
    params:
        settings=plan.settings("compare"),
        # Not an input: wall time differs from run to run, and maps that were not timed are compared all the same.
        timings=plan.places.of_run("timings"),
    shell:
        plan.command("compare")
