# Areas and accuracy from a random sample of places that people label between two runs.


rule sample:
    input:
        files=plan.sampled_files,
        strata=lambda wildcards: plan.raw.strata(plan.scenes),
    output:
        points=plan.places.of_sample("points.gpkg"),
        design=plan.places.of_sample("design.json"),
    log:
        plan.places.log("sample"),
    benchmark:
        plan.places.benchmark("sample")
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=plan.resources.memory(2000),
        runtime=plan.resources.minutes(60, per_input=0.1),
    params:
        settings=plan.settings("sample", plan.raw.given_strata),
        # Not an output: people label what lies here, and no run may take their work away.
        labelling=plan.places.of_run("labelling/{network}/{refinement}"),
    shell:
        plan.command("sample")


rule estimate:
    input:
        labelled=plan.labelled_places,
        design=plan.given_design,
        files=plan.sampled_rasters,
    output:
        estimates=plan.places.of_sample("estimates.json"),
        areas=plan.places.of_sample("areas.csv"),
        chart=plan.places.of_sample("areas.png"),
        agreement=plan.places.of_sample("agreement.gpkg"),
    log:
        plan.places.log("estimate"),
    benchmark:
        plan.places.benchmark("estimate")
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=plan.resources.memory(2000),
        runtime=plan.resources.minutes(30, per_input=0.1),
    params:
        settings=plan.settings("estimate", plan.given_labels_of_places),
    shell:
        plan.command("estimate")
