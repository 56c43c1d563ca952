# A batch of scenes as one folder, over the scenes that are finished; it works at any time, also while scenes failed.


rule gather:
    input:
        files=lambda wildcards: [
            *plan.images(),
            *plan.of_maps("classes.tif"),
            *plan.of_maps("confidence.tif"),
            *plan.polygons(),
            *plan.objects(),
            *plan.models(),
            *plan.detector_models(),
            *plan.engines(),
            *plan.if_labelled(plan.places.of_run("comparison.json")),
            *plan.points_to_label(),
            *plan.sampled_changes(),
            *plan.estimates(),
            plan.places.of_run("report.html"),
            *plan.failed_table(),
        ],
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
