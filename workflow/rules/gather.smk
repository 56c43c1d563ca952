# A batch of scenes as one folder, over the scenes that are finished; it works at any time, also while scenes failed.


rule gather:
    input:
        images=lambda wildcards: plan.images(),
        classes=lambda wildcards: plan.of_maps("classes.tif"),
        confidences=lambda wildcards: plan.of_maps("confidence.tif"),
        polygons=lambda wildcards: plan.polygons(),
        models=plan.models(),
        engines=plan.engines(),
        comparison=plan.if_labelled(plan.places.of_run("comparison.json")),
        report=plan.places.of_run("report.html"),
        failed=plan.failed_table(),
    output:
        folder=directory(plan.places.of_run("gathered")),
    log:
        plan.places.log("gather"),
    benchmark:
        plan.places.benchmark("gather")
    conda:
        "../../environment.yml"
    threads: plan.cores
    resources:
        mem_mb=plan.resources.memory(4000),
        runtime=plan.resources.minutes(480),
    params:
        settings=plan.settings("gather"),
    shell:
        plan.command("gather")
